import { createServer } from 'node:http'
import { randomBytes } from 'node:crypto'
import express from 'express'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { PATH, SETTINGS } from './messages.js'
import { load } from './package-under-test.js'
import { listen, SHORT_REPLY, type ServerOptions, type StartServer } from './served.js'

// This package, behind each of its doors. Every option is left at its default, so all is on: checks, limits, once by the
// memory store.

type Package = typeof import('../../src/index.js')
type Options = Omit<import('../../src/index.js').WecomOptions, 'path'>
type Message = import('../../src/index.js').WecomMessage
type Echo = (message: Message) => ReturnType<Package['text']>
type Differs = Pick<Options, 'handler' | 'store'>

/** Those that do not fit come first. */
function credentials ({ credentials: count }: ServerOptions): Options['credentials'] {
  if (count === 1) return SETTINGS
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    token: `token${index}`, encodingAESKey: randomBytes(32).toString('base64').slice(0, 43), receiveId: SETTINGS.receiveId
  }))
  return [...others, SETTINGS]
}

/** Replies with what was typed. */
function echoOf ({ text }: Package, { short }: ServerOptions): Echo {
  return short ? () => text(SHORT_REPLY) : message => text((message as { Content: string }).Content)
}

/** The plugin, with what differs from server to server. */
function plugin (differs: (echo: Echo, wecom: Package, options: ServerOptions) => Differs | Promise<Differs>): StartServer {
  return async (options, port) => {
    const wecom = await load('index')
    const app = Fastify({ logger: false })
    const own = await differs(echoOf(wecom, options), wecom, options)
    await app.register(wecom.default, { path: PATH, credentials: credentials(options), ...own })
    return await listen(app, port)
  }
}

function nothing (): void {}

/** As Fastify without a logger. */
const SILENT = { info: nothing, warn: nothing, error: nothing }

const asyncHandler = (echo: Echo): Options['handler'] => async request => echo(request.wecomMessage)

export const ownServers: Record<string, StartServer> = {
  plugin: plugin(echo => ({ handler: asyncHandler(echo) })),
  'plugin-sync': plugin(echo => ({ handler: request => echo(request.wecomMessage) })),
  router: plugin((echo, { createRouter }) => ({ handler: createRouter().on('text', async message => echo(message)) })),
  'memory-off': plugin(echo => ({ handler: asyncHandler(echo), store: false })),
  redis: plugin(async (echo, _wecom, { redisPort }) => {
    const { redisStore } = await load('redis/index')
    return { handler: asyncHandler(echo), store: redisStore({ client: new Redis({ host: '127.0.0.1', port: redisPort }) }) }
  }),
  async node (options, port) {
    const [echo, { createWecomListener }] = [echoOf(await load('index'), options), await load('node/index')]
    const listener = createWecomListener({ credentials: credentials(options), logger: SILENT, handler: async message => echo(message) })
    return await listen(createServer(listener), port)
  },
  async express (options, port) {
    const [echo, { wecomCallback }] = [echoOf(await load('index'), options), await load('express/index')]
    const app = express()
    app.use(PATH, wecomCallback({ credentials: credentials(options), logger: SILENT, handler: async message => echo(message) }))
    return await listen(createServer(app), port)
  }
}
