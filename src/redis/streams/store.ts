import type { StreamEnd, StreamStore, StreamView, StreamWritten } from '../../streams/store.js'
import { withTimeout } from '../../support/with-timeout.js'
import { createStreamCommands, type Told } from './commands.js'
import { HeldStream } from './held-stream.js'
import { checkRedisStreamsOptions, type RedisStreamsOptions } from './options.js'
import { createProducers } from './producers.js'

/** How long Redis may take for one step, milliseconds: WeCom waits 5 seconds for an answer. */
const TIMEOUT = 1_000
/** A poll may bring the images of an end. Milliseconds. */
const POLL_TIMEOUT = 2_000
/** What an end may take longer for its images: 4 MB a second. Characters a millisecond. */
const FINAL_SPEED = 4_000

/**
 * Keeps what bots show while it grows in Redis, so that any process answers any poll while one produces. Needs Redis 6
 * or later, or what speaks as it does (Valkey).
 *
 * What it guarantees: a text only ever grows, whichever processes are asked; it ends once; where the process that
 * produces it dies, it ends with the text `lost` once its lease is over and a third more has passed since the first
 * poll after that; a Redis that comes back empty, or without what it wrote last, is given the text again within half a
 * lease. Times go by Redis' clock and by durations, so the clocks of the processes do not matter.
 *
 * What it does not: where Redis has lost what it wrote last, a text is shorter at other processes than it was until its
 * producer speaks up; and a stream of which Redis lost the end is `lost`. Redis holds texts, images and cards in clear,
 * for seven minutes from the beginning, images for nine from the end; keys are hashes. It must not evict keys
 * (`maxmemory-policy noeviction`).
 *
 * The process that produces a stream answers its polls without asking Redis, others ask once for each. `stop` ends what
 * is produced elsewhere when its producer is next heard of, within half a lease, or when its lease is over. Every step
 * rejects where Redis does not answer in a second (with images a few); what a producer gave is sent again with its next
 * step, and an end by the store itself until Redis takes it.
 *
 * @example
 * ```ts
 * const store = redisStreams({ client: redis })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function redisStreams (options: RedisStreamsOptions): StreamStore {
  const { client, prefix, lease, flushEvery } = checkRedisStreamsOptions(options)
  const commands = createStreamCommands(client, prefix, lease)
  const producers = createProducers(commands, lease)

  return {
    shared: true,

    async begin (key, stream) {
      const sentAt = performance.now()
      let view
      try {
        view = await withTimeout(async () => await commands.begin(key, stream), TIMEOUT)
      } catch (error) {
        // On the same connection, so that Redis has it after the beginning, and before who is asked next begins it.
        if (producers.of(key) === undefined) commands.abandon(key, stream.token).catch(() => {})
        throw error
      }
      const known = producers.of(key)
      if (known !== undefined && known.token !== view.token) producers.over(known, view)
      if (view.state === 'running' && view.token === stream.token) {
        producers.hold(known?.token === stream.token ? known : new HeldStream(key, stream, view.text, sentAt, lease))
      }
      return view
    },

    async write (key, { token, offset, text, suffixes }) {
      const run = producers.of(key)
      if (run?.token !== token) {
        return written(await withTimeout(async () =>
          await commands.write(key, token, offset, text, suffixes), TIMEOUT))
      }
      if (!run.take(offset, text)) return { state: 'gap', bytes: run.bytes }
      if (suffixes !== undefined) run.suffixes = suffixes
      const wait = Math.max(0, run.flushedAt + flushEvery - performance.now())
      return await step(run, undefined, wait, wait + TIMEOUT)
    },

    async end (key, end) {
      const run = producers.of(key)
      const time = TIMEOUT + end.final.length / FINAL_SPEED
      if (run?.token !== end.token) {
        return written(await withTimeout(async () => await commands.end(key, end), time))
      }
      if (!run.take(end.offset, end.text)) return { state: 'gap', bytes: run.bytes }
      run.hurry()
      run.ending = end
      const ended = await step(run, end, 0, time)
      commands.forget(run.stream.conversation, [key]).catch(() => {})
      return ended
    },

    poll (key, missing) {
      const run = producers.of(key)
      return run?.sure(performance.now()) ?? withTimeout(async () => await ask(key, run, missing), POLL_TIMEOUT)
    },

    async stop (conversation, except) {
      return await withTimeout(async () => {
        const keys = (await commands.running(conversation)).filter(key => key !== except)
        const answers = await Promise.all(keys.map(stopOne))
        await commands.forget(conversation, keys.filter((_key, index) => typeof answers[index] !== 'boolean'))
        return answers.filter(Boolean).length
      }, TIMEOUT)
    },

    claim: async name => await withTimeout(async () => await commands.claim(name), TIMEOUT),
    async close () { producers.close() }
  }

  /** Sends what the producer has given; ends where it takes too long, as what is under way may. */
  async function step (
    run: HeldStream, end: StreamEnd | undefined, wait: number, time: number
  ): Promise<StreamWritten> {
    let wanted = true
    run.steps++
    try {
      const told = await withTimeout(async () => await run.inTurn(async () => {
        if (wait > 0) await run.pause(wait)
        return await producers.send(run, end)
      }, () => wanted), time)
      if (told.state === 'view' || told.state === 'taken') producers.release(run)
      return written(told)
    } finally {
      wanted = false
      run.steps--
    }
  }

  async function ask (key: string, run: HeldStream | undefined, missing: string): Promise<StreamView | undefined> {
    const askRedis = async (): Promise<Told> => await commands.poll(key, run?.token ?? '', missing)
    const told = run === undefined ? await askRedis() : await run.track(askRedis)
    if (run !== undefined && producers.of(key) === run) return await producers.heard(run, told)
    return told.state === 'view' ? told.view : undefined
  }

  async function stopOne (key: string): Promise<StreamView | boolean | undefined> {
    const run = producers.of(key)
    if (run === undefined) return await commands.stop(key, '')
    const told = await run.track(async () => toldOf(await commands.stop(key, run.token)))
    if (told.state !== 'view') return undefined
    producers.over(run, told.view)
    return told.view
  }
}

/** Where Redis knows nothing of a stream of this process, it is told with the next heartbeat. */
function toldOf (stopped: StreamView | boolean | undefined): Told {
  return typeof stopped === 'object' ? { state: 'view', view: stopped } : { state: 'missing' }
}

function written (told: Told): StreamWritten {
  return told.state === 'view' ? { state: 'ended', view: told.view } : told
}
