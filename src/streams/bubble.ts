import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import { StreamContent } from './content/stream-content.js'
import { ownText } from './content/texts.js'
import { writeFinal } from './frame.js'
import { StreamImages, type StreamImage } from './images.js'
import type { StreamCause } from './options.js'
import type { StreamSettings } from './settings.js'
import type { StreamSuffixes } from './store.js'

/** A reply that is no stream: the whole of what is to be shown. */
export interface WholeReply {
  text: string
  images: readonly StreamImage[]
  card: AibotTemplateCard | undefined
}

/** All that one stream shows: its text, and the images and the card of its final answer. */
export class Bubble {
  readonly content: StreamContent
  card: AibotTemplateCard | undefined
  /** Stands before the content, and stays: what is shown never shrinks. */
  readonly #placeholder: string
  /** Whether what does not fit, or comes too late, is sent another way. */
  readonly #follows: () => boolean
  readonly #images = new StreamImages()
  #givenImages: readonly StreamImage[] = []
  #suffixes: StreamSuffixes | undefined

  constructor (settings: StreamSettings, placeholder: string, follows: () => boolean) {
    this.#placeholder = ownText(placeholder)
    this.content = new StreamContent({ ...settings, reserved: Buffer.byteLength(this.#placeholder) })
    this.#follows = follows
  }

  get text (): string {
    return this.#placeholder + this.content.content
  }

  get isEmpty (): boolean {
    return !this.content.visible && this.#allImages.length === 0 && this.card === undefined
  }

  /** @throws WecomError WECOM_STREAM_IMAGE_INVALID */
  image (data: Uint8Array): void {
    this.#images.add(data)
  }

  /** Its images are checked already. */
  take ({ text, images, card }: WholeReply): void {
    this.#givenImages = images
    this.card = card
    this.content.text(text)
  }

  suffix (cause: StreamCause): string {
    const [images, card] = [this.#allImages.length > 0, this.card !== undefined]
    return this.content.suffix(cause, { later: this.#follows(), images, card })
  }

  /** What others append where they end it: another object only where that has changed. */
  suffixes (): StreamSuffixes {
    const now = { late: this.suffix('late'), lost: this.suffix('lost'), stopped: this.suffix('stopped') }
    const old = this.#suffixes
    if (old?.late === now.late && old.lost === now.lost && old.stopped === now.stopped) return old
    this.#suffixes = now
    return now
  }

  /** What the final answer holds beside its text. */
  final (): string {
    return writeFinal({ images: this.#allImages, card: this.card })
  }

  /** It ended when this was shown, with a suffix: what is missing goes into the rest. */
  seal (shown: string): void {
    const { text } = this
    const most = Math.min(shown.length, text.length)
    let units = 0
    while (units < most && shown.charCodeAt(units) === text.charCodeAt(units)) units++
    const bytes = Buffer.byteLength(text.slice(0, units)) - Buffer.byteLength(this.#placeholder)
    this.content.seal(Math.max(0, bytes))
  }

  get #allImages (): readonly StreamImage[] {
    return this.#givenImages.length > 0 ? this.#givenImages : this.#images.items
  }
}
