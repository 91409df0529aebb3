import { expect, test } from 'vitest'
import { readSource } from '../../../src/streams/source/read.js'
import type { StreamWriter } from '../../../src/streams/source/types.js'
import { Kept, later, PNG, read, settled, watchRejections } from './sink.js'

const CARD = { card_type: 'text_notice', card_action: { type: 1, url: 'https://example.com' } } as const

test('a function writes text, thinking, images and cards', async () => {
  expect(await read(async (writer: StreamWriter) => {
    await writer.thinking('hm')
    await writer.text('a')
    writer.image(PNG)
    writer.card(CARD)
  })).toEqual(['~hm', 'a', PNG, CARD])
})

test('bytesLeft is what the sink has left, and 0 once the stream is over', async () => {
  const left: number[] = []
  let kept: StreamWriter | undefined
  await read(async (writer: StreamWriter) => {
    kept = writer
    left.push(writer.bytesLeft)
    await writer.text('你')
    left.push(writer.bytesLeft)
  })
  expect([...left, kept?.bytesLeft]).toEqual([20_480, 20_477, 0])
})

test('the stream ends when what the function returns has come, and not before', async () => {
  const sink = new Kept()
  await readSource(async writer => {
    await settled()
    await writer.text('late')
  }, sink, { signal: new AbortController().signal, show: undefined })
  expect(sink.parts).toEqual(['late'])
})

test('a function that returns an answer, a generator or a promise of one has it read', async () => {
  const { signal } = new AbortController()
  expect(await read(() => later('a'))).toEqual(['a'])
  expect(await read(async () => later('a'))).toEqual(['a'])
  expect(await read(async function * () { yield 'a' })).toEqual(['a'])
  expect(await read(function * () { yield 'a' })).toEqual(['a'])
  expect(await read(() => ({ fullStream: later({ type: 'text-delta', text: 'a' }) }))).toEqual(['a'])
  expect(await read(async function * (writer: StreamWriter, context: { signal: AbortSignal }) {
    await writer.thinking('a')
    yield context.signal === signal ? 'b' : 'another signal'
  }, { signal })).toEqual(['~a', 'b'])
})

test.each([undefined, null, 5, 'text', ['text'], { text: 'x' }, new Map([['a', 'b']]), [undefined]])('what else a function returns is its own: %j', async value => {
  expect(await read(async (writer: StreamWriter) => { await writer.text('a'); return value })).toEqual(['a'])
  expect(await read((writer: StreamWriter) => { writer.text('a'); return value })).toEqual(['a'])
})

test('what a function throws is what reading rejects with, at once or later', async () => {
  await expect(read(() => { throw new Error('at once') })).rejects.toThrow('at once')
  await expect(read(async () => { await settled(); throw new Error('later') })).rejects.toThrow('later')
  await expect(read(() => ({ then: (_: unknown, reject: (reason: unknown) => void) => { reject(undefined) } }))).rejects.toBeUndefined()
})

test('once the signal has aborted, text() and thinking() reject with its reason, and nothing is written', async () => {
  const rejections = watchRejections()
  const ending = new AbortController()
  const sink = new Kept()
  let caught: unknown
  const written = new Promise<void>(resolve => {
    readSource(async writer => {
      await writer.text('a')
      ending.abort(new Error('stopped'))
      writer.text('nobody awaits it')
      writer.image(PNG)
      writer.image(Buffer.from('no image'))
      writer.card(CARD)
      caught = await writer.thinking('b').catch((error: unknown) => error)
      resolve()
      await writer.text('c')
    }, sink, { signal: ending.signal, show: undefined })
  })
  await written
  await settled()
  rejections.stop()
  expect(caught).toEqual(new Error('stopped'))
  expect(sink.parts).toEqual(['a'])
  expect(rejections.seen).toEqual([])
})

test('a function that has returned writes nothing more: its writes reject with an AbortError', async () => {
  const rejections = watchRejections()
  const sink = new Kept()
  let kept: StreamWriter | undefined
  await readSource(async writer => { kept = writer }, sink, { signal: new AbortController().signal, show: undefined })
  kept?.text('nobody awaits it')
  await expect(kept?.text('late')).rejects.toMatchObject({ name: 'AbortError' })
  await settled()
  rejections.stop()
  expect(sink.parts).toEqual([])
  expect(rejections.seen).toEqual([])
})

test('writing what is no text fails the stream, awaited or not', async () => {
  const rejections = watchRejections()
  const wrong = { code: 'WECOM_STREAM_SOURCE_INVALID', message: 'expected text() of the writer to be given a text, got a number. Convert it first.' }
  await expect(read(async (writer: StreamWriter) => { await writer.text(5 as never) })).rejects.toMatchObject(wrong)
  await expect(read(async (writer: StreamWriter) => { writer.text(5 as never); await new Promise(() => {}) })).rejects.toMatchObject(wrong)
  await settled()
  rejections.stop()
  expect(rejections.seen).toEqual([])
})

test('an image or a card that is none throws where it is written', async () => {
  await expect(read((writer: StreamWriter) => { writer.image(Buffer.from('GIF89a')) })).rejects.toMatchObject({ code: 'WECOM_STREAM_IMAGE_INVALID' })
  await expect(read((writer: StreamWriter) => { writer.card('x' as never) })).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_INVALID' })
  expect(await read((writer: StreamWriter) => { try { writer.image(Buffer.from('GIF89a')) } catch { writer.text('no image') } })).toEqual(['no image'])
})
