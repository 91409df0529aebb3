import { isPromise } from '../../support/is-promise.js'
import { Chunks } from './chunks.js'
import { GiveWay } from './give-way.js'
import { discardSource, isFlow, openSource, type OpenSource } from './open.js'
import type { Reading } from './reading.js'
import type { StreamOptions } from './stream-options.js'
import type { StreamSink, StreamSource } from './types.js'
import { writerOf } from './writer.js'

/**
 * Reads a source into the sink. Resolves once the source has ended, or the signal has aborted: at once then, whatever
 * the source does, which is cancelled; a signal that has aborted before cancels it unread. Nothing reaches the sink
 * after that, and nothing that the source still throws gets out.
 *
 * @throws what the source throws, WecomError WECOM_STREAM_SOURCE_INVALID, WECOM_STREAM_SOURCE_USED,
 * WECOM_STREAM_IMAGE_INVALID
 */
export function readSource (
  source: StreamSource,
  sink: StreamSink,
  { signal, show }: { signal: AbortSignal, show: StreamOptions['show'] }
): Promise<void> {
  if (signal.aborted) {
    discardSource(source)
    return Promise.resolve()
  }
  return new Promise((resolve, reject) => {
    const stop = () => {
      finish()
      reading.cancel?.()
      resolve()
    }
    const finish = () => {
      reading.over = true
      signal.removeEventListener('abort', stop)
    }
    const reading: Reading = {
      sink,
      signal,
      chunks: new Chunks(sink, show),
      way: new GiveWay(),
      over: false,
      fail (error) {
        finish()
        reject(error)
      }
    }
    signal.addEventListener('abort', stop)
    // An error after the end changes nothing, and is nobody's.
    readAll(source, reading).then(resolve, reject).finally(finish)
  })
}

async function readAll (source: unknown, reading: Reading): Promise<void> {
  const { signal } = reading
  let given = typeof source === 'function' ? source(writerOf(reading), { signal }) as unknown : source
  // What is there already is read at once, so that the first answer may show it.
  if (isPromise(given)) given = await given
  if (reading.over) discardSource(given)
  else if (typeof source !== 'function' || isFlow(given)) await pull(openSource(given), reading)
  reading.over = true
}

async function pull (source: OpenSource, reading: Reading): Promise<void> {
  reading.cancel = source.cancel
  // One that has thrown has ended.
  let ended = true
  try {
    for (;;) {
      const step = source.next()
      const { done, value } = isPromise(step) ? await step : step
      if (reading.over) return
      if (done === true) {
        reading.chunks.end()
        return
      }
      ended = false
      if (!reading.chunks.take(value)) return
      const way = reading.way.now()
      if (way !== undefined) await way
      if (reading.over) return
      ended = true
    }
  } finally {
    if (!ended && !reading.over) source.cancel()
  }
}
