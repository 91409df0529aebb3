import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RedisServer } from '../support/redis-server.js'

/** Where BullMQ keeps the keys of jobs, by their types in Redis. */
const LISTS = ['wait', 'active', 'paused']
const SORTED_SETS = ['completed', 'failed', 'delayed', 'prioritized', 'waiting-children']

export interface MissingMessage {
  key: string
  /** Whether its handler came as far as the effect. */
  effect: boolean
  /** Where it stands instead; nowhere if it is empty. */
  stands: string[]
  locked: boolean
  /** What the job says of itself, without the message; empty if there is no job. */
  job: Record<string, string>
}

/** Of these keys, those that are not among the messages that were handled, and what became of each. */
export async function missingMessages (redis: RedisServer, effects: string, keys: readonly string[]): Promise<MissingMessage[]> {
  const client = redis.connect()
  const base = 'bull:wecom-inbox:'
  const places = new Map<string, Set<string>>()
  for (const name of LISTS) places.set(name, new Set(await client.lrange(base + name, 0, -1)))
  for (const name of SORTED_SETS) places.set(name, new Set(await client.zrange(base + name, '0', '-1')))
  places.set('stalled', new Set(await client.smembers(`${base}stalled`)))
  return await Promise.all(keys.filter(key => places.get('completed')?.has(key) !== true).map(async key => {
    const { data: _data, ...job } = await client.hgetall(base + key)
    return {
      key,
      effect: existsSync(join(effects, key)),
      stands: [...places].filter(([, there]) => there.has(key)).map(([name]) => name),
      locked: await client.exists(`${base}${key}:lock`) === 1,
      job
    }
  }))
}
