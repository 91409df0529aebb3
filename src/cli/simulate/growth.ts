import type { SimulatedAttempt } from '../../testing/simulator/index.js'
import { readContent } from '../../testing/stream/content.js'
import { harmless } from '../terminal.js'

/** Tells the growth of a bot's stream: of each frame what it adds to the one before. */
export class Growth {
  #started: number | undefined
  #id: unknown
  #shown = ''

  /** A line for an answer; `undefined` where it is no frame that a user sees. */
  line ({ purpose, at, ms, outcome, reply, fault }: SimulatedAttempt): string | undefined {
    if (purpose === 'verify') return undefined
    this.#started ??= at
    const stream = reply?.message?.stream
    if (outcome !== 'accepted' || fault === 'wrong-signature' || !/^stream/.test(reply?.kind ?? '')) return undefined
    if (typeof stream?.id !== 'string' || stream.id !== (this.#id ??= stream.id)) return undefined
    const content = typeof stream.content === 'string' ? stream.content : ''
    const parts = [
      `${((at + ms - this.#started) / 1000).toFixed(1)} s`.padStart(7),
      `${Buffer.byteLength(content)} bytes`.padStart(12),
      ...this.#added(content),
      ...Array.isArray(stream.msg_item) ? [`[${stream.msg_item.length} images]`] : [],
      ...reply?.message?.template_card === undefined ? [] : ['[card]'],
      ...stream.finish === true ? ['finish'] : []
    ]
    this.#shown = content
    return parts.join('  ')
  }

  #added (content: string): string[] {
    const before = readContent(this.#shown)
    const now = readContent(content)
    const thought = now.thinking === before.thinking
      ? []
      : [`[thinking ${signed(Buffer.byteLength(now.thinking) - Buffer.byteLength(before.thinking))} bytes]`]
    if (now.text === before.text) return thought
    const [sign, text] = now.text.startsWith(before.text) ? ['+', now.text.slice(before.text.length)] : ['=', now.text]
    return [...thought, `${sign} ${short(text)}`]
  }
}

/** What a user sees of a content, thinking folded. */
export function fold (content: string): string {
  const { text, thinking } = readContent(content)
  return thinking === '' ? content : `[thinking, ${Buffer.byteLength(thinking)} bytes]\n${text.replace(/^\n+/, '')}`
}

function signed (bytes: number): string {
  return bytes < 0 ? String(bytes) : `+${bytes}`
}

/** The end of a text says more about its growth than its beginning. */
function short (text: string): string {
  const characters = [...text.replace(/\s+/g, ' ')]
  const cut = characters.length > 60
    ? [...characters.slice(0, 20), ' … ', ...characters.slice(-35)]
    : characters
  return `"${harmless(cut.join(''))}"`
}
