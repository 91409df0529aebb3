import { tracingChannel } from 'node:diagnostics_channel'

/**
 * Tracing channels of node:diagnostics_channel, for APM tools: `tracing:fastify-wecom.verify:start` and so on. The
 * messages hold kinds, keys, attempts and errors; never what a step resulted in, which is text and secrets.
 */
export const tracing = {
  /** From query and envelope to a verified signature. */
  verify: tracingChannel('fastify-wecom.verify'),
  /** From ciphertext to text, receiveId policy included. */
  decrypt: tracingChannel('fastify-wecom.decrypt'),
  /** A handler's run, from its start to its settlement. */
  handle: tracingChannel('fastify-wecom.handle')
}

/** Runs work in its channel, for who has seen that the channel `hasSubscribers`: else no promise is needed. */
export async function traced<T> (step: keyof typeof tracing, details: object, work: () => Promise<T>): Promise<T> {
  // Beside the traced promise, as what that resolves with is published.
  let result: T | undefined
  await tracing[step].tracePromise(async () => { result = await work() }, details)
  return result as T
}
