import { quote } from '../../errors.js'
import type { AibotTemplateCard } from '../../reply/aibot-cards.js'
import { typeName } from '../../reply/type-name.js'
import { isPromise } from '../../support/is-promise.js'
import { isBytes, noChunk, noContent, nothingKnown } from './invalid.js'
import type { StreamOptions } from './stream-options.js'
import type { StreamSink } from './types.js'

type Fields = Readonly<Record<string, unknown>>

/** Tells the chunks of one source by their structure, and gives them to the sink. */
export class Chunks {
  readonly #sink: StreamSink
  readonly #show: StreamOptions['show']
  #known = false
  readonly #unknown = new Set<string>()

  constructor (sink: StreamSink, show: StreamOptions['show']) {
    this.#sink = sink
    this.#show = show
  }

  /**
   * Whether the source goes on after this chunk. One that is `undefined` or `null` is nothing, as `delta?.content` of a
   * generator is now and then.
   *
   * @throws what an error part holds, what `show` throws, WecomError WECOM_STREAM_SOURCE_INVALID and
   * WECOM_STREAM_IMAGE_INVALID
   */
  take (chunk: unknown): boolean {
    return this.#take(chunk, this.#show)
  }

  /** @throws WecomError WECOM_STREAM_SOURCE_INVALID where the source has ended, and nothing of it was recognised */
  end (): void {
    if (!this.#known && this.#unknown.size > 0) throw nothingKnown([...this.#unknown])
  }

  #take (chunk: unknown, show: StreamOptions['show']): boolean {
    if (chunk === undefined || chunk === null) return true
    if (typeof chunk === 'string') return this.#text('text', chunk)
    if (typeof chunk !== 'object' || isBytes(chunk)) throw noChunk(chunk)
    if (isPromise(chunk)) {
      chunk.then(undefined, () => {})
      throw noChunk(chunk)
    }
    const part = chunk as Fields
    if (Array.isArray(part.choices)) return this.#openAi(part.choices)
    switch (part.type) {
      case 'text':
      case 'thinking':
        return this.#text(part.type, part.text)
      case 'image':
        this.#sink.image(part.data as Uint8Array)
        return this.#recognised()
      case 'card':
        this.#sink.card(checkCard(part.card as AibotTemplateCard))
        return this.#recognised()
      case 'error':
        throw errorOf(part)
      case 'abort':
        this.#recognised()
        return false
    }
    return this.#aiSdk(part) || this.#other(part, show)
  }

  /** The text and the reasoning of the AI SDK, by the names of its versions; false for any other part. */
  #aiSdk (part: Fields): boolean {
    const to = AI_SDK_TEXTS.get(part.type)
    if (to === undefined) return false
    const text = [part.text, part.textDelta, part.delta].find(field => typeof field === 'string')
    return text !== undefined && this.#text(to, text)
  }

  /** Several answers at once (`n`) would mix: the first counts. */
  #openAi ([choice]: readonly unknown[]): boolean {
    const { index, delta } = Object(choice) as Fields
    const { content, reasoning_content: reasoningContent, reasoning } = Object(delta) as Fields
    const thinking = reasoningContent ?? reasoning
    if (index === undefined || index === 0) {
      if (typeof thinking === 'string') this.#text('thinking', thinking)
      if (typeof content === 'string') this.#text('text', content)
    }
    return this.#recognised()
  }

  #other (part: Fields, show: StreamOptions['show']): boolean {
    if (typeof part.type !== 'string') {
      this.#unrecognised(`${typeName(part)} without a type`)
      return true
    }
    const shown = show?.(part as Fields & { type: string }) ?? undefined
    if (shown !== undefined) return this.#take(shown, undefined)
    if (AI_SDK_FRAME.has(part.type)) return this.#recognised()
    this.#unrecognised(WORD.test(part.type) ? quote(part.type) : 'a type that is not a word')
    return true
  }

  #text (to: 'text' | 'thinking', text: unknown): true {
    if (typeof text !== 'string') throw noContent(`a part of type ${to}`, 'a text', text)
    if (text !== '') this.#sink[to](text)
    return this.#recognised()
  }

  #recognised (): true {
    this.#known = true
    return true
  }

  #unrecognised (name: string): void {
    if (this.#unknown.size < MOST_NAMED) this.#unknown.add(name)
  }
}

/**
 * The card as it is now. It is written when the stream ends, where what cannot be written would keep it from ending.
 *
 * @throws WecomError WECOM_STREAM_SOURCE_INVALID
 */
export function checkCard<Card> (card: Card): Card {
  const copy = copyOf(card)
  if (typeof copy === 'object' && copy !== null && !Array.isArray(copy)) return copy as Card
  throw noContent('a card', 'a template card, an object of JSON', card)
}

function copyOf (card: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(card))
  } catch {
    return undefined
  }
}

/** As many names as an error text can bear. */
const MOST_NAMED = 5

/** What is fit for a log: whoever writes a source may put anything there. */
const WORD = /^[\w.:/-]{1,64}$/

const AI_SDK_TEXTS: ReadonlyMap<unknown, 'text' | 'thinking'> = new Map([
  ['text-delta', 'text'],
  ['reasoning-delta', 'thinking'],
  ['reasoning', 'thinking']
] as const)

/** An answer of the AI SDK has these even where it has no text, as when all it does is call a tool. */
const AI_SDK_FRAME = new Set(['start', 'start-step', 'step-start', 'stream-start', 'finish-step', 'step-finish'])

function errorOf (part: Fields): unknown {
  if (part.error !== undefined) return part.error
  const text = [part.errorText, part.message].find(field => typeof field === 'string')
  return new Error(text ?? 'The source gave a part of type error.')
}
