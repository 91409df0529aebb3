import { checkCount, checkNames } from '../support/options.js'
import { StreamMemory } from './stream-memory.js'
import type { StreamStore } from './store.js'

export interface MemoryStreamsOptions {
  /**
   * How many streams are kept, running ones and those that have ended within the last minute. Default 10 000.
   *
   * @example maxStreams: 50_000
   */
  maxStreams?: number | undefined
  /**
   * How much their texts and their final images and cards may take together, in bytes of UTF-8. Default 64 MiB.
   *
   * @example maxBytes: 256 * 1024 * 1024
   */
  maxBytes?: number | undefined
}

/**
 * Keeps the growing streams of bots in this process: polls must reach the process that produces the stream. For several
 * processes use `redisStreams()`.
 *
 * A stream that has ended is kept for another 60 seconds, at most until 7 minutes after it began. When a limit is
 * reached, the oldest ended streams are dropped early. Running ones are never dropped: if they fill the store, a new
 * stream, or more text of one, is WECOM_STREAMS_FULL. The clock does not jump. No timer runs while the store is empty.
 *
 * @example
 * ```ts
 * const store = memoryStreams({ maxStreams: 50_000 })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function memoryStreams (options: MemoryStreamsOptions = {}): StreamStore {
  checkNames('memoryStreams', options, ['maxStreams', 'maxBytes'])
  const { maxStreams = 10_000, maxBytes = 64 * 1024 * 1024 } = options
  const memory = new StreamMemory(
    checkCount('memoryStreams maxStreams', maxStreams),
    checkCount('memoryStreams maxBytes', maxBytes)
  )
  return {
    begin: (key, stream) => memory.begin(key, stream),
    write: (key, piece) => memory.write(key, piece),
    end: (key, end) => memory.end(key, end),
    poll: (key, missing) => memory.poll(key, missing),
    stop: (conversation, except) => memory.stop(conversation, except),
    claim: name => memory.claim(name),
    async close () { memory.close() }
  }
}
