import { tracingChannel } from 'node:diagnostics_channel'

/**
 * Tracing channels of node:diagnostics_channel, for APM tools: `tracing:fastify-wecom.verify:start` and so on. The
 * messages hold kinds, keys, attempts and errors; never what a step resulted in, which is text and secrets.
 */
const channels = {
  /** From query and envelope to a verified signature. */
  verify: tracingChannel('fastify-wecom.verify'),
  /** From ciphertext to text, receiveId policy included. */
  decrypt: tracingChannel('fastify-wecom.decrypt'),
  /** A handler's run, from its start to its settlement. */
  handle: tracingChannel('fastify-wecom.handle')
}

export type TracedStep = keyof typeof channels

/** Whether somebody listens. */
export function isTraced (step: TracedStep): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channels[step]
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}

/** Runs work in a tracing channel, for who has seen that the step `isTraced`: else no promise is needed. */
export async function traced<T> (step: TracedStep, details: object, work: () => Promise<T>): Promise<T> {
  // Beside the traced promise, as what that resolves with is published.
  let result: T | undefined
  await channels[step].tracePromise(async () => { result = await work() }, details)
  return result as T
}
