import { hash as hashOf, randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { StreamCause } from '../../streams/options.js'
import type { NewStream, StreamEnd, StreamSuffixes, StreamView } from '../../streams/store.js'
import { stripErrorDetails } from '../../support/strip-error-details.js'
import { ASKED_AT_MOST, KEEP_CLAIM, KEEP_ENDED } from '../../streams/wecom-times.js'
import { defineScript, type Script } from '../define-script.js'
import { STREAM_PRELUDE, STREAM_SCRIPTS, type StreamScriptName } from './scripts.js'

/** What Redis says of a stream: where a view is `running`, the store has just been asked what there is. */
export type Told =
  | { readonly state: 'view', readonly view: StreamView }
  /** So much of it is there. */
  | { readonly state: 'running' | 'gap', readonly bytes: number }
  | { readonly state: 'missing' | 'taken' }

/** The steps of a stream in Redis. All reject as the client does. */
export interface StreamCommands {
  begin (key: string, stream: Omit<NewStream, 'ended'>): Promise<StreamView>
  /** Its producer was not told that it has begun: who begins it next need not wait for the end of the lease. */
  abandon (key: string, token: string): Promise<void>
  write (key: string, token: string, offset: number, text: string, suffixes?: StreamSuffixes): Promise<Told>
  end (key: string, end: StreamEnd): Promise<Told>
  renew (key: string, token: string): Promise<Told>
  /** @param token of a producer in this process, or '' */
  poll (key: string, token: string, missing: string): Promise<Told>
  /**
   * @param token of a producer in this process, or ''
   * @returns the view of one that has ended by it, whether it is to end, or undefined where it does not run
   */
  stop (key: string, token: string): Promise<StreamView | boolean | undefined>
  /** The streams of a conversation that were running when last heard of. */
  running (conversation: string): Promise<string[]>
  /** They do not run any more. */
  forget (conversation: string, keys: string[]): Promise<void>
  claim (name: string): Promise<boolean>
}

/** Beyond this a final is in a key of its own, so that it is not read with every step. Characters. */
const LARGE = 4_096
/** A final outlives the hash that tells of it. Milliseconds. */
const KEEP_FINAL = ASKED_AT_MOST + 2 * KEEP_ENDED
/** No stream runs for longer. Milliseconds. */
const KEEP_CHAT = ASKED_AT_MOST + 3 * KEEP_ENDED

/** Streams that are too old to run are forgotten where one is added. ARGV: key of the stream. */
const ADD = `
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] - ${KEEP_CHAT / 1_000})
redis.call('PEXPIRE', KEYS[1], ${KEEP_CHAT})
return 1`

/** Teaches the client the scripts. */
export function createStreamCommands (client: Redis | Cluster, prefix: string, lease: number): StreamCommands {
  const hash = (key: string): string => `${prefix}stream:${key}`
  const large = (key: string): string => `${prefix}stream:${key}:img`
  const chat = (conversation: string): string => `${prefix}chat:${digest(conversation)}`
  const script = (name: StreamScriptName): Script =>
    defineScript(client, `fastifyWecomStream:${name}`, STREAM_PRELUDE + STREAM_SCRIPTS[name])

  const begin = script('begin')
  const write = script('write')
  const end = script('end')
  const renew = script('renew')
  const poll = script('poll')
  const stop = script('stop')
  const add = defineScript(client, 'fastifyWecomStream:add', ADD)

  async function viewOf (key: string, answer: unknown): Promise<StreamView> {
    const [, state, token, text, cause, first, final, isLarge] = answer as [string, StreamView['state'], ...string[]]
    return {
      state,
      token: token as string,
      text: text as string,
      cause: cause === '' ? undefined : cause as StreamCause,
      first: first as string,
      final: isLarge === '1' ? await plain(client.get(large(key))) ?? '' : final as string
    }
  }

  async function told (key: string, answer: unknown): Promise<Told> {
    const [word, bytes] = answer as ['view' | 'bytes' | 'gap' | 'missing' | 'taken', unknown]
    if (word === 'view') return { state: word, view: await viewOf(key, answer) }
    if (word === 'missing' || word === 'taken') return { state: word }
    return { state: word === 'gap' ? word : 'running', bytes: Number(bytes) }
  }

  return {
    async begin (key, { token, life, conversation, first, text, suffixes: { late, lost, stopped } }) {
      // At once, as they are of two keys; who begins again, as one of them failed, does both again.
      const [answer] = await Promise.all([
        begin(hash(key), token, lease, Math.max(0, Math.ceil(life)), first, text, late, lost, stopped),
        add(chat(conversation), key)
      ])
      return await viewOf(key, answer)
    },

    // Whole, not by its digest: one that Redis does not know would be sent again, behind what has begun since.
    abandon: async (key, token) => {
      await plain(client.eval(STREAM_PRELUDE + STREAM_SCRIPTS.abandon, 1, hash(key), token))
    },

    async write (key, token, offset, text, suffixes) {
      const changed = suffixes === undefined ? [] : [suffixes.late, suffixes.lost, suffixes.stopped]
      return await told(key, await write(hash(key), token, lease, offset, text, ...changed))
    },

    async end (key, { token, offset, text, cause, final }) {
      const isLarge = final.length > LARGE
      // First: whoever sees the end finds it.
      if (isLarge) await plain(client.set(large(key), final, 'PX', KEEP_FINAL))
      const answer = await end(hash(key), token, offset, text, cause, isLarge ? '' : final, isLarge ? '1' : '')
      const [word, , , , , , , kept] = answer as string[]
      // Somebody else has ended it before.
      if (isLarge && (word === 'taken' || (word === 'view' && kept !== '1'))) client.del(large(key)).catch(() => {})
      return await told(key, answer)
    },

    renew: async (key, token) => await told(key, await renew(hash(key), token, lease)),
    poll: async (key, token, missing) => await told(key, await poll(hash(key), token, lease, missing)),

    async stop (key, token) {
      const answer = await stop(hash(key), token) as [string, unknown]
      if (answer[0] === 'view') return await viewOf(key, answer)
      return answer[0] === 'none' ? undefined : Number(answer[1]) === 1
    },

    running: async conversation => await plain(client.zrange(chat(conversation), '0', '-1')),
    async forget (conversation, keys) {
      if (keys.length > 0) await plain(client.zrem(chat(conversation), ...keys))
    },

    async claim (name) {
      const key = `${prefix}respond:${digest(name)}`
      const mine = randomUUID()
      if (await plain(client.set(key, mine, 'PX', KEEP_CLAIM, 'NX')) !== null) return true
      // The connection may have broken, and the client have sent it again.
      return await plain(client.get(key)) === mine
    }
  }
}

/** Names of keys tell nothing, and have one length. */
function digest (name: string): string {
  return hashOf('sha256', name, 'base64url')
}

async function plain<T> (command: Promise<T>): Promise<T> {
  try {
    return await command
  } catch (error) {
    throw stripErrorDetails(error)
  }
}
