import { callEnded } from '../../streams/call-ended.js'
import type { StreamEnd, StreamView } from '../../streams/store.js'
import type { StreamCommands, Told } from './commands.js'
import type { HeldStream } from './held-stream.js'

/** The streams that are produced in this process: their leases are kept, and Redis is given again what it has lost. */
export interface Producers {
  of (key: string): HeldStream | undefined
  hold (run: HeldStream): void
  release (run: HeldStream): void
  /** Sends all that Redis has not acknowledged, as a piece or as the end. */
  send (run: HeldStream, end: StreamEnd | undefined): Promise<Told>
  /**
   * What Redis said of a stream beside the steps of its producer.
   *
   * @returns what is to be shown
   */
  heard (run: HeldStream, told: Told): Promise<StreamView>
  /** Somebody else has ended it, or has it now. */
  over (run: HeldStream, view: StreamView): void
  close (): void
}

/** A step that is not done by then goes in circles: Redis loses what it has just taken. */
const MOST_TRIES = 4

export function createProducers (commands: StreamCommands, lease: number): Producers {
  const held = new Map<string, HeldStream>()
  let timer: NodeJS.Timeout | undefined

  function stop (): void {
    clearInterval(timer)
    timer = undefined
  }

  function speakUp (): void {
    const now = performance.now()
    for (const run of held.values()) {
      // What was heard of just now has a lease, and while Redis hangs one command of a stream waits for it.
      if (!run.idle || run.steps > 0 || now - run.heardAt < lease / 6) continue
      keep(run).catch(() => {})
    }
  }

  async function keep (run: HeldStream): Promise<void> {
    if (run.ending === undefined) {
      await producers.heard(run, await run.track(async () => await commands.renew(run.key, run.token)))
    } else {
      await again(run)
    }
  }

  /** Gives Redis what it has lost. */
  async function again (run: HeldStream): Promise<StreamView> {
    const told = await run.inTurn(async () => await producers.send(run, run.ending))
    if (told.state === 'taken') return await taken(run)
    if (told.state !== 'view') return run.view
    producers.over(run, told.view)
    return told.view
  }

  async function taken (run: HeldStream): Promise<StreamView> {
    const told = await commands.poll(run.key, '', '')
    if (told.state !== 'view') throw new Error('Redis has lost the stream')
    producers.over(run, told.view)
    return told.view
  }

  const producers: Producers = {
    of: key => held.get(key),

    hold (run) {
      held.set(run.key, run)
      timer ??= setInterval(speakUp, lease / 3).unref()
    },

    release (run) {
      if (held.get(run.key) === run) held.delete(run.key)
      if (held.size === 0) stop()
    },

    async send (run, end) {
      let offset = run.bytes
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const { key, token, suffixes } = run
        const text = run.rest(offset)
        run.flushedAt = performance.now()
        const told = await run.track(async () => await (end === undefined
          ? commands.write(key, token, offset, text, suffixes)
          : commands.end(key, { ...end, offset, text })))
        if (told.state === 'gap') {
          offset = told.bytes
        } else if (told.state === 'missing') {
          const begun = await run.track(async () => ({ state: 'view', view: await commands.begin(key, run.anew()) }))
          const bytes = run.bytesTold(begun)
          if (bytes === undefined) return isEnded(begun) ? begun : { state: 'taken' }
          offset = bytes
          if (end === undefined && bytes === run.givenBytes) return { state: 'running', bytes }
        } else {
          return told
        }
      }
      throw new Error('Redis loses what it has just taken')
    },

    async heard (run, told) {
      if (told.state === 'taken') return await taken(run)
      if (told.state === 'view' && !run.isOurs(told.view)) {
        producers.over(run, told.view)
        return told.view
      }
      return (run.bytesTold(told) ?? -1) < run.bytes ? await again(run) : run.view
    },

    over (run, view) {
      if (held.get(run.key) !== run) return
      if (run.steps > 0) {
        // Its producer is told by the step that it waits for.
        run.hurry()
        return
      }
      producers.release(run)
      const asItSaid = view.token === run.token && view.state === 'ended' && view.cause === run.ending?.cause
      if (!asItSaid) callEnded(run.stream, view)
    },

    close () {
      for (const run of held.values()) run.hurry()
      held.clear()
      stop()
    }
  }
  return producers
}

function isEnded (told: Told): boolean {
  return told.state === 'view' && told.view.state === 'ended'
}
