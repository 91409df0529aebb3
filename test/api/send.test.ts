import { expect, onTestFinished, test } from 'vitest'
import { createWecomApi, type Sendable } from '../../src/api/index.js'
import { image, news, text, updateButton, video, voice } from '../../src/index.js'
import { openApi, openFake } from './open.js'

const card = { card_type: 'text_notice', main_title: { title: '标题' }, card_action: { type: 1, url: 'https://example.com' } } as const

test.each<[string, Sendable, object]>([
  ['text()', text('你好'), { msgtype: 'text', text: { content: '你好' } }],
  ['a text of an app', { MsgType: 'text', Content: '你好' }, { msgtype: 'text', text: { content: '你好' } }],
  ['a text of a bot', { msgtype: 'text', text: { content: '你好' } }, { msgtype: 'text', text: { content: '你好' } }],
  ['a text with a field that is absent', { MsgType: undefined, msgtype: 'text', text: { content: '你好' } } as unknown as Sendable, { msgtype: 'text', text: { content: '你好' } }],
  ['a picture', image('m1'), { msgtype: 'image', image: { media_id: 'm1' } }],
  ['a voice', voice('m2'), { msgtype: 'voice', voice: { media_id: 'm2' } }],
  ['a video', video('m3', { Title: 't', Description: 'd' }), { msgtype: 'video', video: { media_id: 'm3', title: 't', description: 'd' } }],
  ['news', news([{ Title: 'a', Url: 'https://example.com' }, { Title: 'b', PicUrl: 'https://example.com/p' }]), { msgtype: 'news', news: { articles: [{ title: 'a', url: 'https://example.com' }, { title: 'b', picurl: 'https://example.com/p' }] } }],
  ['news that are nested as XML is', { MsgType: 'news', Articles: { item: [{ Title: 'a' }] } }, { msgtype: 'news', news: { articles: [{ title: 'a' }] } }],
  ['markdown', { msgtype: 'markdown', markdown: { content: '**x**' } }, { msgtype: 'markdown', markdown: { content: '**x**' } }],
  ['a card', { msgtype: 'template_card', template_card: { ...card, feedback: { id: 'f' } } }, { msgtype: 'template_card', template_card: card }]
])('%s is sent to the sender as the app', async (_name, reply, message) => {
  const { fake, api } = await openApi()
  const result = await api.send(reply, { sender: 'zhangsan' })
  expect(result.msgid).toBe('msg1')
  expect(fake.sent).toEqual([{ touser: 'zhangsan', agentid: fake.settings.agentId, ...message }])
})

test('a card brings the code of its later update', async () => {
  const { api } = await openApi()
  expect(await api.send({ msgtype: 'template_card', template_card: card }, { sender: 'zhangsan' })).toMatchObject({ response_code: expect.any(String) })
})

test.each<[string, unknown, object, RegExp]>([
  ['an event of the system', text('x'), { sender: 'sys' }, /system.*Nobody waits/],
  ['a notice without sender', text('x'), { sender: undefined }, /without a sender/],
  ['everybody', text('x'), { sender: '@all' }, /not a userid/],
  ['several', { MsgType: 'text', Content: 'x', ToUserName: 'a|b' }, { sender: 'a' }, /not a userid/],
  ['another corp', text('x'), { sender: 'zhangsan', receiveId: 'wwanother' }, /another.*API for each corp/],
  ['a button that changes', updateButton('done'), { sender: 'zhangsan' }, /update_button, which changes a card.*update_template_card/],
  ['a card that changes', { MsgType: 'update_template_card', TemplateCard: {} }, { sender: 'zhangsan' }, /update_template_card/],
  ['a bot\'s card that changes', { response_type: 'update_template_card', template_card: card }, { sender: 'zhangsan' }, /update_template_card/],
  ['a stream', { msgtype: 'stream', stream: { id: '1', finish: true, content: 'x' } }, { sender: 'zhangsan' }, /stream, which lives in the chat of the bot.*response_url/],
  ['a stream with a card', { msgtype: 'stream_with_template_card', stream: { id: '1' } }, { sender: 'zhangsan' }, /stream with a card/],
  ['a group robot\'s text', { MsgType: 'text', Text: { Content: 'x' } }, { sender: 'zhangsan' }, /group robot.*webhook/],
  ['a text to a group robot', text('x'), { sender: 'zhangsan', kind: 'groupbot.text' }, /group robot.*webhook/],
  ['XML', '<xml></xml>', { sender: 'zhangsan' }, /text of a passive reply/],
  ['nothing', undefined, { sender: 'zhangsan' }, /undefined/],
  ['an object that is no reply', { hello: 1 }, { sender: 'zhangsan' }, /names no kind/],
  ['an unknown kind', { MsgType: 'constructor' }, { sender: 'zhangsan' }, /"constructor"/],
  ['an empty text', text(''), { sender: 'zhangsan' }, /empty text/],
  ['a text that is none', text(undefined as unknown as string), { sender: 'zhangsan' }, /Content/],
  ['a picture without id', { MsgType: 'image', Image: {} }, { sender: 'zhangsan' }, /Image\.MediaId/],
  ['a card that asks the bot', { msgtype: 'template_card', template_card: { ...card, jump_list: [{ title: 'q', type: 3, question: 'q?' }] } }, { sender: 'zhangsan' }, /jump_list of type 3/]
])('%s is an error that says why, and nothing is sent', async (_name, reply, to, words) => {
  const { fake, api } = await openApi()
  await expect(api.send(reply as Sendable, to as { sender: string })).rejects.toMatchObject({ code: 'WECOM_REPLY_INVALID', message: expect.stringMatching(words) })
  expect(fake.calls).toEqual([])
})

test('a text that is too long is cut between characters, with a warning', async () => {
  const { fake, api } = await openApi()
  const warnings: Error[] = []
  const listener = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', listener)
  onTestFinished(() => { process.off('warning', listener) })
  await api.send(text('好'.repeat(1_000)), { sender: 'zhangsan' })
  expect((fake.sent[0]?.text as { content: string }).content).toBe('好'.repeat(682))
  await new Promise(setImmediate)
  expect(warnings).toEqual([expect.objectContaining({ code: 'WECOM_REPLY_CUT' })])
})

test('a receiver that WeCom does not know is an error', async () => {
  const { api } = await openApi({}, { members: ['lisi'] })
  await expect(api.send(text('x'), { sender: 'zhangsan' })).rejects.toMatchObject({ errcode: 81013 })
})

test('a receiver whom WeCom names in an answer that says 0 is an error as well', async () => {
  const { fake, api } = await openApi()
  fake.answer('message/send', { invaliduser: 'zhangsan' })
  await expect(api.send(text('x'), { sender: 'zhangsan' })).rejects.toMatchObject({ errcode: 81013, path: 'message/send' })
})

test('without agentId send says what is missing', async () => {
  const fake = await openFake()
  const { agentId: _, ...rest } = fake.settings
  await expect(createWecomApi(rest).send(text('x'), { sender: 'zhangsan' })).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining('agentId') })
})
