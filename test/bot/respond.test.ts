import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { checkHosts, RESPOND_HOSTS } from '../../src/bot/hosts.js'
import { postResponse, type PostResponseOptions } from '../../src/bot/respond.js'
import { text, WecomError, type RespondReply } from '../../src/index.js'
import { fakeRespond, RESPOND_FAULTS, type FakeRespond } from '../../src/testing/index.js'

let respond: FakeRespond
beforeAll(async () => { respond = await fakeRespond() })
afterAll(async () => { await respond.close() })

const claimed = new Set<string>()
/** As the stores claim: each name once. */
const claim = (name: string) => !claimed.has(name) && claimed.add(name) !== undefined
const post = (url: string | undefined, reply: unknown, more: Partial<PostResponseOptions> = {}) =>
  postResponse({ url, reply: reply as RespondReply, single: true, origins: new Set([respond.origin]), claim, ...more })
const coded = (code: string) => expect.objectContaining({ code, name: 'WecomError' }) as Error
const last = () => respond.posted.at(-1)
const card = { msgtype: 'template_card', template_card: { card_type: 'text_notice', main_title: { title: '完成' }, card_action: { type: 1, url: 'https://example.com' } } } as const

test('a text goes as markdown, markdown and cards as they are', async () => {
  const url = respond.url()
  await post(url, text('你好'))
  expect(last()).toEqual({ url, body: { msgtype: 'markdown', markdown: { content: '你好' } }, errcode: 0 })
  const markdown = { msgtype: 'markdown', markdown: { content: '# 题', feedback: { id: 'f' } } }
  await post(respond.url(), markdown)
  expect(last()).toMatchObject({ body: markdown, errcode: 0 })
  await post(respond.url(), card)
  expect(last()).toMatchObject({ body: card, errcode: 0 })
})

test('a text is cut between characters at 20,480 bytes, with a warning that holds nothing of it', async () => {
  const warn = vi.fn()
  await post(respond.url(), text('绝密👨‍👩‍👧'.repeat(2_000)), { warn })
  const { content } = (last()?.body as { markdown: { content: string } }).markdown
  expect(Buffer.byteLength(content)).toBeLessThanOrEqual(20_480)
  expect(content.replace(/绝密👨‍👩‍👧/g, '')).toMatch(/^绝?密?$/)
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.not.stringContaining('绝密'), 'WECOM_REPLY_CUT')
  expect(last()).toMatchObject({ errcode: 0 })
})

test.each<[string, unknown]>([
  ['an empty text', text('')], ['no reply', undefined], ['a bare text', '你好'], ['a stream', { msgtype: 'stream', stream: { content: 'x' } }],
  ['an update of a card', { response_type: 'update_template_card', template_card: card.template_card }],
  ['markdown that is too long', { msgtype: 'markdown', markdown: { content: 'x'.repeat(20_481) } }],
  ['markdown without content', { msgtype: 'markdown' }],
  ['a card that breaks a limit', { msgtype: 'template_card', template_card: { card_type: 'text_notice' } }],
  ['a card spelled as an app does', { msgtype: 'template_card', TemplateCard: {} }],
  ['a text of nothing', text(undefined as unknown as string)]
])('%s is refused before the URL is claimed', async (_, reply) => {
  const url = respond.url()
  await expect(post(url, reply)).rejects.toThrow(coded('WECOM_REPLY_INVALID'))
  await post(url, text('still'))
})

test('a card goes to single chats alone', async () => {
  const url = respond.url({ chat: 'group' })
  await expect(post(url, card, { single: false })).rejects.toThrow(coded('WECOM_REPLY_INVALID'))
  await post(url, text('文字'), { single: false })
  await expect(post(respond.url({ chat: 'group' }), card)).rejects.toThrow(/errcode 40008/)
})

test('one URL takes one message: the second is not even sent', async () => {
  const url = respond.url()
  await post(url, text('一'))
  const { length } = respond.posted
  await expect(post(url, text('二'))).rejects.toThrow(coded('WECOM_RESPOND_UNAVAILABLE'))
  expect(respond.posted).toHaveLength(length)
  const both = respond.url()
  const outcomes = await Promise.allSettled([post(both, text('一')), post(both, text('二'))])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test.each([undefined, ''])('without a URL (%j) there is none to send to', async url => {
  await expect(post(url, text('x'))).rejects.toThrow(coded('WECOM_RESPOND_UNAVAILABLE'))
})

test('while the store cannot tell, nothing is sent', async () => {
  const { length } = respond.posted
  const cause = new Error('away')
  await expect(post(respond.url(), text('x'), { claim: () => Promise.reject(cause) })).rejects.toMatchObject({ code: 'WECOM_RESPOND_UNAVAILABLE', cause })
  expect(respond.posted).toHaveLength(length)
})

test('what is claimed is no URL', async () => {
  const names: string[] = []
  const url = respond.url()
  await post(url, text('x'), { claim: name => { names.push(name); return true } })
  expect(names).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
})

test.each([
  'https://evil.example/cgi-bin/aibot/response?response_code=x', 'http://qyapi.weixin.qq.com/cgi-bin/aibot/response', 'https://qyapi.weixin.qq.com:8443/cgi-bin/aibot/response',
  'https://qyapi.weixin.qq.com.evil.example/', 'https://qyapi.weixin.qq.com@evil.example/', 'https://user:pass@qyapi.weixin.qq.com/', 'https://sub.qyapi.weixin.qq.com/', 'https://qyapi.weixin.qq.com./',
  'javascript:alert(1)', 'no url', 'http://127.0.0.1:1/'
])('%s is refused, and nothing is claimed', async url => {
  const never = vi.fn(() => true)
  await expect(postResponse({ url, reply: text('x'), single: true, origins: checkHosts('respondHosts', RESPOND_HOSTS), claim: never })).rejects.toThrow(coded('WECOM_RESPOND_REFUSED'))
  expect(never).not.toHaveBeenCalled()
})

test("WeCom's errcode is told", async () => {
  await expect(post(respond.url({ answer: { errcode: 40016 } }), text('x'))).rejects.toThrow(coded('WECOM_RESPOND_REFUSED'))
  await expect(post(respond.url({ answer: { errcode: 40016 } }), text('x'))).rejects.toThrow(/errcode 40016/)
  const used = respond.url()
  await post(used, text('x'), { claim: () => true })
  await expect(post(used, text('x'), { claim: () => true })).rejects.toThrow(/errcode 40029/)
})

test.each(RESPOND_FAULTS)('the fault %s is told as such, and nothing is sent again', async fault => {
  const url = respond.url({ fault })
  const error = await post(url, text('绝密'), { timeout: 1_000 }).then(() => undefined, (error: unknown) => error)
  expect(error).toBeInstanceOf(WecomError)
  expect(error).toMatchObject({ code: 'WECOM_RESPOND_FAILED' })
  for (const secret of ['绝密', new URL(url).searchParams.get('response_code') as string]) expect(String((error as Error).stack)).not.toContain(secret)
  expect(respond.posted.filter(posted => posted.url === url)).toHaveLength(1)
})

test('a port that nobody listens on is a failure', async () => {
  const gone = await fakeRespond()
  await gone.close()
  await expect(post(gone.url(), text('x'), { origins: new Set([gone.origin]) })).rejects.toThrow(coded('WECOM_RESPOND_FAILED'))
})

test('a signal that has aborted leaves the URL unclaimed; one that aborts later is a failure', async () => {
  const url = respond.url({ fault: 'slow' })
  const reason = new Error('enough')
  await expect(post(url, text('x'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  await expect(post(url, text('x'), { signal: AbortSignal.timeout(50) })).rejects.toThrow(coded('WECOM_RESPOND_FAILED'))
})

test('the kit lets a URL live an hour, or as long as it is told', async () => {
  const short = await fakeRespond({ lifetime: 1 })
  const url = short.url()
  await new Promise(resolve => setTimeout(resolve, 20))
  await expect(post(url, text('x'), { origins: new Set([short.origin]) })).rejects.toThrow(/errcode 42001/)
  await short.close()
})

test.each([{ chat: 'both' }, { fault: 'x' }, { delay: -1 }, { chatt: 'single' }])('the kit refuses %j', options => {
  expect(() => respond.url(options as object)).toThrow(coded('WECOM_OPTION_INVALID'))
})
