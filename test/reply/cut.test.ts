import { expect, test, vi } from 'vitest'
import { text } from '../../src/index.js'
import { compose } from './compose.js'
import { exchange, messageOf, readTree } from './wecom.js'

test('text() is cut at 2048 bytes for an app, at 20480 for a bot, with one warning', () => {
  const long = '好'.repeat(8000)
  const warn = vi.fn()
  expect(compose(text(long), 'text', warn)).toContain(`[${'好'.repeat(682)}]`)
  expect(JSON.parse(compose(text(long), 'aibot.text', warn)).stream.content).toBe('好'.repeat(6826))
  expect(warn.mock.calls).toEqual([
    ['a reply of kind text to text was cut where WeCom would have cut it: Content from 24000 to 2046 bytes of UTF-8 (limit 2048)', 'WECOM_REPLY_CUT'],
    ['a reply of kind stream to aibot.text was cut where WeCom would have cut it: text() from 24000 to 20478 bytes of UTF-8 (limit 20480)', 'WECOM_REPLY_CUT']
  ])
  expect(JSON.parse(compose(text('x'.repeat(20480)), 'aibot.text', warn)).stream.content).toHaveLength(20480)
  expect(warn).toHaveBeenCalledTimes(2)
})

test('several cuts in one reply are one warning', () => {
  const warn = vi.fn()
  compose({ MsgType: 'video', Video: { MediaId: 'm', Title: 'x'.repeat(129), Description: 'x'.repeat(513) } }, 'text', warn)
  expect(warn.mock.calls).toEqual([['a reply of kind video to text was cut where WeCom would have cut it: Video.Title from 129 to 128 bytes of UTF-8 (limit 128); Video.Description from 513 to 512 bytes of UTF-8 (limit 512)', 'WECOM_REPLY_CUT']])
})

test.each([
  ['a family emoji', '👨‍👩‍👧‍👦'],
  ['a flag', '🇨🇳'],
  ['a letter and its accent', 'e\u0301'],
  ['an emoji outside the basic plane', '😀'],
  ['a skin tone', '👍🏽']
])('%s is never cut in half', (_, character) => {
  const size = Buffer.byteLength(character)
  for (let rest = 1; rest < size; rest++) {
    const head = 'x'.repeat(128 - rest)
    expect(compose({ MsgType: 'video', Video: { MediaId: 'm', Title: `${head}${character}${character}` } }, 'text')).toContain(`[${head}]`)
  }
  const head = 'x'.repeat(128 - size)
  expect(compose({ MsgType: 'video', Video: { MediaId: 'm', Title: `${head}${character}${character}` } }, 'text')).toContain(`[${head}${character}]`)
})

test('flags in a row stay whole', () => {
  expect(compose({ MsgType: 'video', Video: { MediaId: 'm', Title: `x${'🇨🇳'.repeat(40)}` } }, 'text')).toContain(`[x${'🇨🇳'.repeat(15)}]`)
})

test('a single character longer than the limit is cut between code points', () => {
  const composed = compose({ MsgType: 'video', Video: { MediaId: 'm', Title: `e${'\u0301'.repeat(100)}` } }, 'text')
  expect(composed).toContain(`[e${'\u0301'.repeat(63)}]`)
})

test('what XML cannot hold does not count', () => {
  const warn = vi.fn()
  expect(compose({ MsgType: 'text', Content: '\u0000'.repeat(5000) + 'x'.repeat(2048) }, 'text', warn)).toContain(`[${'x'.repeat(2048)}]`)
  expect(warn).not.toHaveBeenCalled()
})

test('through a receiver the warning is one of the process, and the reply goes out cut', async () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const [, children] = readTree(await exchange(messageOf('text'), 'xml', text('好'.repeat(1000))))
  expect(new Map(children as Array<[string, string]>).get('Content')).toBe('好'.repeat(682))
  expect(emitted).toHaveBeenCalledTimes(1)
  expect(emitted.mock.calls[0]?.[1]).toMatchObject({ code: 'WECOM_REPLY_CUT' })
  emitted.mockRestore()
})
