import type { Cluster, Redis } from 'ioredis'
import { stripErrorDetails } from '../support/strip-error-details.js'

/** A script of one key. Rejects as the client does, without what the client hangs on its errors. */
export type Script<Answer = unknown> = (key: string, ...args: Array<string | number>) => Promise<Answer>

/**
 * Teaches the client a script, which it sends by its hash, and whole where Redis does not know it.
 *
 * @param name with the package's name in it, as the client is the user's
 * @param read makes of an answer what the script comes to; left out: the answer
 */
export function defineScript<Answer = unknown> (
  client: Redis | Cluster, name: string, lua: string, read?: (answer: unknown) => Answer
): Script<Answer> {
  client.defineCommand(name, { numberOfKeys: 1, lua })
  const scripted = client as unknown as Record<string, Script>
  return (key, ...args) => (scripted[name] as Script)(key, ...args).then(read as (answer: unknown) => Answer, strip)
}

/** Rejects without what the client hangs on its errors. */
export function strip (error: unknown): never {
  throw stripErrorDetails(error)
}
