import { createHash } from 'node:crypto'
import { sniff } from '../bot/content-type.js'
import { wecomError, type WecomError } from '../errors.js'
import { PICTURE_BYTES } from '../reply/limits/aibot.js'
import { typeName } from '../reply/type-name.js'

/** As WeCom takes an image [101031]. */
export interface StreamImage {
  readonly base64: string
  /** Of the bytes, in hex. */
  readonly md5: string
}

/** The images of one stream, checked as they come: WeCom would drop the whole final answer. */
export class StreamImages {
  readonly items: StreamImage[] = []
  #bytes = 0

  /** @throws WecomError WECOM_STREAM_IMAGE_INVALID */
  add (data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) throw imageInvalid('the bytes of an image, a Uint8Array', typeName(data), BYTES)
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    if (!SHOWN.includes(sniff(bytes))) {
      throw imageInvalid('the bytes of a JPG or PNG', `${bytes.length} bytes that begin otherwise`, FORMAT)
    }
    if (bytes.length > PICTURE_BYTES) {
      throw imageInvalid(`an image of at most ${PICTURE_BYTES} bytes`, `one of ${bytes.length}`, SMALLER)
    }
    if (this.items.length === MOST) throw imageInvalid(`at most ${MOST} images in a stream`, 'one more', FEWER)
    if (this.#bytes + bytes.length > TOTAL_BYTES) {
      throw imageInvalid(
        `images of at most ${TOTAL_BYTES} bytes together`,
        `one of ${bytes.length} after ${this.#bytes}`,
        SMALLER
      )
    }
    this.#bytes += bytes.length
    this.items.push({ base64: bytes.toString('base64'), md5: createHash('md5').update(bytes).digest('hex') })
  }
}

/** WeCom's own limit [101031]. */
const MOST = 10

/** Ours: every poll of the ended stream sends them all again. */
const TOTAL_BYTES = 10 * 1024 * 1024

const SHOWN: ReadonlyArray<string | undefined> = ['image/jpeg', 'image/png']

const BYTES = 'Give a Buffer or a Uint8Array of the whole file; decode base64 first.'
const FORMAT = 'WeCom shows JPG and PNG: convert others first.'
const SMALLER = 'Make it smaller, or give its URL as markdown.'
const FEWER = 'Give the others as markdown, or send them with the message API.'

function imageInvalid (expected: string, got: string, fix: string): WecomError {
  return wecomError('WECOM_STREAM_IMAGE_INVALID', { expected, got, fix })
}
