import { StreamImages } from '../../../src/streams/images.js'
import { readSource } from '../../../src/streams/source/read.js'
import type { StreamOptions } from '../../../src/streams/source/stream-options.js'
import type { StreamSink, StreamSource } from '../../../src/streams/source/types.js'

/** A sink that keeps all it is given, in its order: `'text'` is text, `'~text'` thinking. */
export class Kept implements StreamSink {
  readonly parts: unknown[] = []
  readonly images = new StreamImages()
  bytesLeft = 20_480

  get all (): string { return this.parts.filter(part => typeof part === 'string').join('') }

  text (part: string): void {
    this.parts.push(part)
    this.bytesLeft -= Buffer.byteLength(part)
  }

  thinking (part: string): void { this.parts.push(`~${part}`) }
  image (data: Uint8Array): void {
    this.images.add(data)
    this.parts.push(data)
  }

  card (card: object): void { this.parts.push(card) }
}

/** Without types, as a user of JavaScript may hand over anything. */
export async function read (source: unknown, { signal = new AbortController().signal, show }: { signal?: AbortSignal, show?: StreamOptions['show'] } = {}): Promise<unknown[]> {
  const sink = new Kept()
  await readSource(source as StreamSource, sink, { signal, show })
  return sink.parts
}

/** An async generator of these. */
export async function * later<Chunk> (...chunks: Chunk[]): AsyncGenerator<Chunk> {
  for (const chunk of chunks) {
    await Promise.resolve()
    yield chunk
  }
}

export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
export const JPG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])

/** Nothing that the test provokes may end a process. */
export function watchRejections (): { seen: unknown[], stop (): void } {
  const seen: unknown[] = []
  const keep = (reason: unknown) => { seen.push(reason) }
  process.on('unhandledRejection', keep)
  return { seen, stop: () => { process.off('unhandledRejection', keep) } }
}

/** Long enough for rejections that nobody handles to be told of. */
export const settled = () => new Promise(resolve => { setTimeout(resolve, 20) })
