import type { Cluster, Redis } from 'ioredis'
import { stripErrorDetails } from '../support/strip-error-details.js'

/** A script of one key. Rejects as the client does, without what the client hangs on its errors. */
export type Script = (key: string, ...args: Array<string | number>) => Promise<unknown>

/**
 * Teaches the client a script, which it sends by its hash, and whole where Redis does not know it.
 *
 * @param name with the package's name in it, as the client is the user's
 */
export function defineScript (client: Redis | Cluster, name: string, lua: string): Script {
  client.defineCommand(name, { numberOfKeys: 1, lua })
  const scripted = client as unknown as Record<string, Script | undefined>
  return async (key, ...args) => {
    try {
      return await scripted[name]?.(key, ...args)
    } catch (error) {
      throw stripErrorDetails(error)
    }
  }
}
