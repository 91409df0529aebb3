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
 * Keeps what bots show while it grows, in this process alone: whoever is polled must be the process that produces. For
 * several processes take `redisStreams()`.
 *
 * A stream that has ended is told for 60 seconds more, and at most 7 minutes after it began; the oldest of them go
 * early where the bounds are reached. Running ones are never dropped: where they fill the store, a new stream, or a
 * piece of one, is WECOM_STREAMS_FULL. Times are kept by a clock that does not jump. No timer runs while it is empty.
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
