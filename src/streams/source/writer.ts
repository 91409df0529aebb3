import { checkCard } from './chunks.js'
import { noContent } from './invalid.js'
import type { Reading } from './reading.js'
import type { StreamWriter } from './types.js'

/** What a function writes with that is the source of a stream. */
export function writerOf (reading: Reading): StreamWriter {
  const { sink } = reading
  const write = (to: 'text' | 'thinking', part: unknown): Promise<void> => {
    if (reading.over) return refused(reasonOf(reading))
    if (typeof part !== 'string') {
      const error = noContent(`${to}() of the writer`, 'a text', part)
      reading.fail(error)
      return refused(error)
    }
    if (part !== '') sink[to](part)
    return reading.way.now() ?? WRITTEN
  }
  return {
    get bytesLeft () { return reading.over ? 0 : sink.bytesLeft },
    text: part => write('text', part),
    thinking: part => write('thinking', part),
    image (data) {
      if (!reading.over) sink.image(data)
    },
    card (card) {
      if (!reading.over) sink.card(checkCard(card))
    }
  }
}

const WRITTEN = Promise.resolve()

/** Most do not await what they write. */
function refused (reason: unknown): Promise<never> {
  const promise = Promise.reject(reason)
  promise.catch(() => {})
  return promise
}

function reasonOf ({ signal }: Reading): unknown {
  if (signal.aborted) return signal.reason
  return new DOMException('The stream has ended with its function: await what still writes.', 'AbortError')
}
