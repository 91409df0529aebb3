import { startBare, startBareExpress, startBareNode } from './bare.js'
import { startExpressGlue } from './express-glue.js'
import { startLimit } from './limit.js'
import { ownServers } from './own-servers.js'
import type { StartServer } from './served.js'

/** By the name that the tables have. */
export const SERVERS: Readonly<Record<string, StartServer>> = {
  bare: startBare,
  'bare-node': startBareNode,
  'bare-express': startBareExpress,
  limit: startLimit,
  'express-glue': startExpressGlue,
  ...ownServers
}
