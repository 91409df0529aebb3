import { expect, test, vi } from 'vitest'
import { isStream } from '../../../src/reply/stream-reply.js'
import { text } from '../../../src/reply/text.js'
import { checkStreamOptions } from '../../../src/streams/source/stream-options.js'
import { optionsOf, sourceOf, stream } from '../../../src/streams/source/stream.js'
import { later, settled, watchRejections } from './sink.js'

test('stream() keeps the source as it is, unread, and the options as they were', () => {
  const source = later('a')
  const texts = { failed: 'x' }
  const options = { life: 60_000, thinking: false, texts, rest: undefined } as const
  const reply = stream(source, options)
  expect(sourceOf(reply)).toBe(source)
  expect(optionsOf(reply)).toEqual({ life: 60_000, thinking: false, texts: { failed: 'x' } })
  texts.failed = 'changed'
  expect(optionsOf(reply).texts).toEqual({ failed: 'x' })
  expect(Object.keys(optionsOf(reply))).not.toContain('rest')
  expect([Object.isFrozen(reply), Object.isFrozen(optionsOf(reply)), Object.isFrozen(optionsOf(reply).texts)]).toEqual([true, true, true])
})

test('a value of stream() tells nobody what it holds', () => {
  const reply = stream('secret')
  expect(JSON.stringify(reply)).toBe('{}')
  expect(Object.keys(reply)).toEqual([])
  expect([isStream(reply), isStream(text('x')), isStream({ ...reply }), isStream(null), isStream('x'), isStream({})]).toEqual([true, false, true, false, false, false])
})

test('a promise that fails before its stream is read, or that nobody reads, ends no process', async () => {
  const rejections = watchRejections()
  const reply = stream(Promise.reject(new Error('model')))
  await settled()
  rejections.stop()
  expect(rejections.seen).toEqual([])
  await expect(sourceOf(reply)).rejects.toThrow('model')
})

test('every option is taken', () => {
  const show = () => undefined
  const onEnd = () => {}
  const texts = { empty: '', failed: 'f', cut: 'c', later: 'l', lost: 'o', closing: 'g', stopped: 's' }
  const options = { placeholder: '', thinking: 'all', show, feedback: '你'.repeat(85), rest: 'cut', life: 350_000, texts, onEnd } as const
  expect(optionsOf(stream('a', options))).toEqual(options)
  expect(optionsOf(stream('a', { feedback: true, thinking: 'leading', rest: 'respond' }))).toEqual({ feedback: true, thinking: 'leading', rest: 'respond' })
  expect(optionsOf(stream('a'))).toEqual({})
  expect(optionsOf(stream('a', undefined))).toEqual({})
})

test.each<[unknown, string, string]>([
  [null, 'the options of stream() to be an object', 'null'], ['x', 'the options of stream() to be an object', '"x"'], [[], 'the options of stream() to be an object', 'an array'], [5, 'the options of stream() to be an object', '5'],
  [{ lifetime: 5 }, 'stream() to have only placeholder, thinking, show, rest, life, texts, feedback, onEnd', '"lifetime". Leave it out.'],
  [{ thinkng: false }, 'stream() to have only', '"thinkng". Did you mean thinking?'],
  [{ placeholder: 5 }, 'placeholder of stream() to be a text', '5'], [{ placeholder: null }, 'placeholder of stream() to be a text', 'null'],
  [{ thinking: true }, "thinking of stream() to be 'leading' or 'all' or false", 'boolean'], [{ thinking: 'none' }, 'thinking of stream()', '"none"'],
  [{ rest: 'send' }, "rest of stream() to be 'respond' or 'cut'", '"send"'], [{ rest: false }, 'rest of stream()', 'boolean'],
  [{ show: 'x' }, 'show of stream() to be a function', '"x"'], [{ onEnd: {} }, 'onEnd of stream() to be a function', 'object'],
  [{ feedback: false }, 'feedback of stream() to be true or an id of 1 to 256 bytes', 'boolean'], [{ feedback: '' }, 'feedback of stream()', 'one of 0 bytes'], [{ feedback: '你'.repeat(86) }, 'feedback of stream()', 'one of 258 bytes'],
  [{ life: '60s' }, 'life of stream() to be milliseconds', '"60s"'], [{ life: 0 }, 'life of stream()', '0'], [{ life: NaN }, 'life of stream()', 'NaN'], [{ life: Infinity }, 'life of stream()', 'Infinity'],
  [{ life: 30 }, 'life of stream() to be milliseconds, at least 50', '30. If 30 seconds were meant, give 30000'], [{ life: 350_001 }, 'life of stream() to be at most 350000 milliseconds', '350001'],
  [{ texts: 'x' }, 'the options of texts of stream() to be an object', '"x"'], [{ texts: { fail: 'x' } }, 'texts of stream() to have only empty, failed, cut, later, lost, closing, stopped', '"fail"'], [{ texts: { cut: 5 } }, 'cut in texts of stream() to be a text', '5']
])('stream() refuses the options %j', (options, expected, got) => {
  expect(() => stream('a', options as never)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }))
  expect(() => stream('a', options as never)).toThrow(expected)
  expect(() => stream('a', options as never)).toThrow(`got ${got}`)
})

test("the plugin's defaults are checked alike, and have no feedback and no onEnd", () => {
  expect(checkStreamOptions('streamDefaults', { life: 60_000, thinking: false })).toEqual({ life: 60_000, thinking: false })
  expect(() => checkStreamOptions('streamDefaults', { life: 400_000 })).toThrow('life of streamDefaults to be at most 350000')
  for (const options of [{ feedback: true }, { onEnd () {} }]) expect(() => checkStreamOptions('streamDefaults', options)).toThrow('streamDefaults to have only placeholder, thinking, show, rest, life, texts, got')
  expect(() => checkStreamOptions('streamDefaults', null)).toThrow('the options of streamDefaults to be an object')
})

test('a life that looks like seconds is warned about', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  stream('a', { life: 330 })
  stream('a', { life: 1_000 })
  expect(warn.mock.calls).toEqual([['life of stream() is 330 milliseconds. If 330 seconds were meant, give 330000.', { type: 'WecomWarning', code: 'WECOM_SHORT_DURATION' }]])
  warn.mockRestore()
})
