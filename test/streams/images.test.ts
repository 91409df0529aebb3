import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { StreamImages } from '../../src/streams/images.js'
import { JPG, PNG } from './source/sink.js'

const MIB = 1024 * 1024
const jpg = (bytes: number) => Buffer.concat([JPG, Buffer.alloc(bytes - JPG.length)])
const invalid = (message: string) => expect.objectContaining({ code: 'WECOM_STREAM_IMAGE_INVALID', message: expect.stringContaining(message) as string }) as Error

test('images are kept as WeCom takes them: base64, and the MD5 of the bytes', () => {
  const images = new StreamImages()
  images.add(PNG)
  images.add(new Uint8Array(JPG))
  expect(images.items).toEqual([PNG, JPG].map(bytes => ({ base64: bytes.toString('base64'), md5: createHash('md5').update(bytes).digest('hex') })))
})

test('a part of a larger buffer is taken as that part', () => {
  const images = new StreamImages()
  images.add(new Uint8Array(Buffer.concat([Buffer.alloc(7), JPG, Buffer.alloc(9)])).subarray(7, 7 + JPG.length))
  expect(images.items[0]?.base64).toBe(JPG.toString('base64'))
})

test('what is changed afterwards changes no image', () => {
  const images = new StreamImages()
  const data = Buffer.from(JPG)
  images.add(data)
  data.fill(0)
  expect(images.items[0]?.base64).toBe(JPG.toString('base64'))
})

test.each<[string, unknown, string]>([
  ['a GIF', Buffer.from('GIF89a…'), 'expected the bytes of a JPG or PNG, got 9 bytes that begin otherwise'], ['a WebP', Buffer.from('RIFF\0\0\0\0WEBP'), 'begin otherwise'],
  ['nothing', Buffer.alloc(0), '0 bytes'], ['the beginning of a signature', Buffer.from([0xff, 0xd8]), '2 bytes'], ['an SVG', Buffer.from('<svg xmlns="secret">'), 'begin otherwise'],
  ['base64', PNG.toString('base64'), 'got a text'], ['a Blob', new Blob([PNG]), 'got [object Blob]'], ['an ArrayBuffer', new ArrayBuffer(8), 'got [object ArrayBuffer]'], ['undefined', undefined, 'got undefined']
])('%s is no image', (_, data, message) => {
  const images = new StreamImages()
  expect(() => { images.add(data as never) }).toThrow(invalid(message))
  expect(() => { images.add(data as never) }).not.toThrow('secret')
  expect(images.items).toEqual([])
})

test('an image has up to 10 MiB', () => {
  new StreamImages().add(jpg(10 * MIB))
  expect(() => { new StreamImages().add(jpg(10 * MIB + 1)) }).toThrow(invalid('an image of at most 10485760 bytes, got one of 10485761'))
})

test('a stream has up to ten, of 10 MiB together; what is refused leaves the others', () => {
  const ten = new StreamImages()
  for (let count = 0; count < 10; count++) ten.add(JPG)
  expect(() => { ten.add(JPG) }).toThrow(invalid('at most 10 images in a stream, got one more'))
  expect(ten.items).toHaveLength(10)
  const large = new StreamImages()
  large.add(jpg(6 * MIB))
  expect(() => { large.add(jpg(4 * MIB + 1)) }).toThrow(invalid('together, got one of 4194305 after 6291456'))
  large.add(jpg(4 * MIB))
  expect(large.items).toHaveLength(2)
})
