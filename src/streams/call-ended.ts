import type { NewStream, StreamView } from './store.js'

/**
 * Tells a producer that somebody else has ended its stream: before anybody goes on who awaits what the store has just
 * answered, but not within that call, which its errors could not be told from.
 */
export function callEnded (producer: Pick<NewStream, 'ended'>, view: StreamView): void {
  queueMicrotask(() => {
    try {
      producer.ended(view)
    } catch {}
  })
}
