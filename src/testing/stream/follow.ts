import type { ClientOptions } from '../client-options.js'
import type { ClientEngine } from '../engine.js'
import { writeMessage } from '../message-text.js'
import { tryOnce } from '../simulator/attempt.js'
import { MAX_BOT_ANSWER } from '../transport.js'
import { pollStream } from './polling.js'
import { rotate } from './rotation.js'
import type { FollowedStream, FollowOptions } from './types.js'
import { StreamWatch } from './watch.js'

const NO_FAULTS: ReadonlySet<never> = new Set()

/** Sends a message and polls its stream to the end. */
export async function followStream (
  client: ClientOptions,
  engine: ClientEngine,
  message: object | string,
  { every = 1000, until = 360_000, targets = [] }: FollowOptions = {}
): Promise<FollowedStream> {
  const written = writeMessage(message, client.format)
  const sealed = engine.seal(written)
  const started = performance.now()
  const reply = engine.open(await engine.post(sealed.request, { most: MAX_BOT_ANSWER }), sealed.asked)
  const watch = new StreamWatch(reply, performance.now() - started)
  const next = rotate(client, engine, targets)
  await pollStream(watch, written, {
    every,
    started,
    until: started + until,
    faults: NO_FAULTS,
    signal: undefined,
    seal: engine.seal,
    send: async poll => await tryOnce(next(), {
      ...poll,
      purpose: 'poll',
      timeout: client.timeout ?? 5000,
      requireSuccess: false,
      pace: 0
    }),
    note () {}
  })
  return { reply, id: watch.id, frames: watch.frames, ...watch.end, problems: watch.told }
}
