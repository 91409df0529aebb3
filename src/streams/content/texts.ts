import { cutText } from '../../reply/cut.js'
import type { StreamCause, StreamTexts } from '../options.js'
import { defuse } from './tag-defuser.js'
import { hasVisible } from './visible.js'

/** What the package writes into a stream where nothing else is given. */
export const DEFAULT_TEXTS: StreamTexts = Object.freeze({
  empty: '（没有可显示的内容）',
  failed: '（出错了，请稍后再试）',
  cut: '（内容未完，余下部分未能显示）',
  later: '（内容未完，余下部分稍后发送）',
  lost: '（回答意外中断，请重新提问）',
  closing: '（服务正在重启，请稍后再试）',
  stopped: '（已停止）'
})

/** Most bytes of UTF-8 of a text of `StreamTexts`: what is longer is cut, so that it leaves room for the answer. */
export const TEXT_BYTES = 2_048

/** Stands beside images where there is no text: WeCom's client wants one. */
const IMAGES = '（见图片）'

/** How a stream ends: `later` where what was not shown will be sent, `images` where there are some. */
export interface EndDetails { later?: boolean | undefined, images?: boolean | undefined }

/** What ends a stream, in words. */
export class EndTexts {
  readonly #texts: StreamTexts
  /** Bytes of the longest. */
  readonly bytes: number

  constructor (texts: StreamTexts) {
    const entries = Object.entries(texts).map(([name, text]) => [name, clean(text as string)])
    this.#texts = Object.fromEntries(entries) as StreamTexts
    const all = [...Object.values(this.#texts), ...Object.values(DEFAULT_TEXTS), IMAGES] as string[]
    this.bytes = Math.max(...all.map(text => Buffer.byteLength(text)))
  }

  /** @param visible Whether there is something to be seen already: where not, it is the text that must be. */
  of (cause: StreamCause, visible: boolean, { later = false, images = false }: EndDetails): string {
    const name = nameOf(cause, later)
    if (visible) return name === 'empty' ? '' : this.#texts[name]
    const { empty } = this.#texts
    const choice = name === 'empty' && images ? [IMAGES] : [this.#texts[name], empty]
    return choice.find(hasVisible) ?? DEFAULT_TEXTS[name]
  }
}

function nameOf (cause: StreamCause, later: boolean): keyof StreamTexts {
  if (cause === 'done') return 'empty'
  return cause === 'cut' || cause === 'late' ? (later ? 'later' : 'cut') : cause
}

function clean (text: string): string {
  return cutText(defuse(text.replace(/\p{Surrogate}/gu, '')), TEXT_BYTES)
}
