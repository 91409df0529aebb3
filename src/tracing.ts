import { tracingChannel } from 'node:diagnostics_channel'

/**
 * Tracing channels of node:diagnostics_channel, for APM tools: `tracing:fastify-wecom.handle:start` and so on. The messages hold
 * kinds, keys and codes, never text or secrets.
 */
const channels = {
  /** A handler's run, from its start to its settlement. */
  handle: tracingChannel('fastify-wecom.handle')
}

/** Runs work in a tracing channel; costs next to nothing while nobody listens. */
export function traced<T> (step: keyof typeof channels, details: object, work: () => Promise<T>): Promise<T> {
  const channel = channels[step]
  const { start, end, asyncStart, asyncEnd, error } = channel
  const listened = [start, end, asyncStart, asyncEnd, error].some(({ hasSubscribers }) => hasSubscribers)
  return listened ? channel.tracePromise(work, details) : work()
}
