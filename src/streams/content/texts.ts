import { cutText } from '../../reply/cut.js'
import { DEFAULT_TEXTS } from '../default-texts.js'
import type { StreamCause, StreamTexts } from '../options.js'
import { defuse } from './tag-defuser.js'
import { hasVisible } from './visible.js'

/**
 * Most bytes of UTF-8 of a text of `StreamTexts`, and of a placeholder: what is longer is cut, so that it leaves room
 * for the answer.
 */
export const TEXT_BYTES = 2_048

/** Stand beside images and a card where there is no text: WeCom's client wants one. */
const IMAGES = '（见图片）'
const CARD = '（见卡片）'

/** How a stream ends: `later` where what was not shown will be sent, `images` and `card` where it ends with some. */
export interface EndDetails { later?: boolean | undefined, images?: boolean | undefined, card?: boolean | undefined }

/** What ends a stream, in words. */
export class EndTexts {
  readonly #texts: StreamTexts
  /** Bytes of the longest. */
  readonly bytes: number

  constructor (texts: StreamTexts) {
    const entries = Object.entries(texts).map(([name, text]) => [name, ownText(text as string)])
    this.#texts = Object.fromEntries(entries) as StreamTexts
    const all = [...Object.values(this.#texts), ...Object.values(DEFAULT_TEXTS), IMAGES, CARD] as string[]
    this.bytes = Math.max(...all.map(text => Buffer.byteLength(text)))
  }

  /** @param visible Whether there is something to be seen already: where not, it is the text that must be. */
  of (cause: StreamCause, visible: boolean, { later = false, images = false, card = false }: EndDetails): string {
    const name = nameOf(cause, later)
    if (visible) return name === 'empty' ? '' : this.#texts[name]
    const { empty } = this.#texts
    if (name === 'empty' && (images || card)) return images ? IMAGES : CARD
    const choice = [this.#texts[name], empty]
    return choice.find(hasVisible) ?? DEFAULT_TEXTS[name]
  }
}

function nameOf (cause: StreamCause, later: boolean): keyof StreamTexts {
  if (cause === 'done') return 'empty'
  return cause === 'cut' || cause === 'late' ? (later ? 'later' : 'cut') : cause
}

/** A text of the app as it may stand in a stream whose end is not known yet: short, and balanced. */
export function ownText (text: string): string {
  return cutText(defuse(text.replace(/\p{Surrogate}/gu, '')), TEXT_BYTES)
}
