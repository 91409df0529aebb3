import { isPromise } from '../../support/is-promise.js'
import { isBytes, noSource, usedSource } from './invalid.js'
import type { ReadableStreamLike } from './types.js'

/** A source that is read one chunk after the other. */
export interface OpenSource {
  next (): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>
  /** Ends it, whatever it does at the moment. Waits for nothing, and never throws. */
  cancel (): void
}

/** Whether it can be a source at all; nothing of it is read. */
export function isSource (value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'function' || isPromise(value) || isOpenable(value)
}

/** Whether a source is read one by one, and given by more than its mere return. */
export function isFlow (value: unknown): boolean {
  return isObject(value) && !Array.isArray(value) && isOpenable(value) &&
    (isFunction(value.next) || !isFunction(value[Symbol.iterator]))
}

/**
 * Begins to read a source.
 *
 * @throws WecomError WECOM_STREAM_SOURCE_INVALID, WECOM_STREAM_SOURCE_USED
 */
export function openSource (source: unknown): OpenSource {
  if (typeof source === 'string') return openIterator([source][Symbol.iterator](), () => {})
  if (!isOpenable(source)) throw noSource(source)
  if (isOnce(source)) use(source)
  // Each look at it makes another branch of the answer.
  if ('fullStream' in source) return openSource(source.fullStream)
  // First, as an iterator of it would cancel only once the next chunk is there.
  if (isFunction(source.getReader)) return openReader(source as unknown as ReadableStreamLike<unknown>)
  const method = (source[Symbol.asyncIterator] ?? source[Symbol.iterator]) as () => Iterator<unknown>
  const iterator = method.call(source)
  if (iterator !== source as unknown || !isOnce(source)) use(iterator)
  return openIterator(iterator, () => { stop(source) })
}

/** Cancels a source that nobody will read. Never throws; a promise of one is waited for. */
export function discardSource (source: unknown): void {
  try {
    if (isPromise(source)) source.then(discardSource, () => {})
    else if (isFlow(source)) openSource(source).cancel()
  } catch {
    // It was used, or fails: there is nothing to cancel.
  }
}

type Members = Readonly<Record<string | symbol, unknown>>

function isOpenable (value: unknown): value is Members {
  return isObject(value) && !isBytes(value) && (
    'fullStream' in value || isFunction(value.getReader) || isFunction(value[Symbol.asyncIterator]) ||
    isFunction(value[Symbol.iterator])
  )
}

/** What was read, or is. */
const used = new WeakSet<object>()

function use (source: object): void {
  if (used.has(source)) throw usedSource('one that was handed over before')
  used.add(source)
}

/** Sources that give nothing more, or what is left, when they are read again. Iterators are known by being the same. */
function isOnce (source: Members): boolean {
  return 'fullStream' in source || isFunction(source.getReader) || isFunction(source.pipe) ||
    source.controller instanceof AbortController
}

function openReader (stream: ReadableStreamLike<unknown>): OpenSource {
  if ((stream as { locked?: unknown }).locked === true) throw usedSource('one that something else is reading')
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    cancel: () => { quietly(() => reader.cancel()) }
  }
}

function openIterator (iterator: Iterator<unknown>, stopSource: () => void): OpenSource {
  return {
    next: () => iterator.next(),
    cancel () {
      // Asked for before the iterator's end, which a generator comes to only once the chunk is there that it waits for.
      quietly(stopSource)
      quietly(() => iterator.return?.())
    }
  }
}

/** A stream of Node.js, and the answers of the packages of OpenAI and Anthropic, end by more than their iterator. */
function stop (source: Members): void {
  if (isFunction(source.pipe) && isFunction(source.destroy)) source.destroy()
  if (source.controller instanceof AbortController) source.controller.abort()
}

function quietly (act: () => unknown): void {
  try {
    const acted = act()
    if (isPromise(acted)) acted.then(undefined, () => {})
  } catch {
    // Who ends a source has no use for its troubles.
  }
}

function isObject (value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

function isFunction (value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}
