import { describe, expect, test, vi } from 'vitest'
import { text } from '../../src/index.js'
import { composeReply } from '../../src/reply/compose.js'
import { compose, refusal, type Values } from './compose.js'
import { SAMPLES } from './samples.js'
import { answered, CORP, exchange, messageOf, readTree } from './wecom.js'

const ORDINARY = ['text', 'image', 'voice', 'video', 'news']

/** Which kinds WeCom takes for which messages: pages 90241, 101031 and 99399, written down once more. */
const TAKES: Record<string, string[]> = {
  ...Object.fromEntries(['text', 'image', 'voice', 'video', 'location', 'link', 'event.subscribe', 'event.enter_agent', 'event.LOCATION', 'event.click',
    'event.view', 'event.view_miniprogram', 'event.scancode_waitmsg'].map(key => [key, ORDINARY])),
  'event.template_card_menu_event': [...ORDINARY, 'update_template_card'],
  'event.template_card_event': ['update_button', 'update_template_card'],
  'event.taskcard_click': ['update_taskcard'],
  'aibot.event.enter_chat': ['text', 'template_card'],
  'aibot.event.template_card_event': ['update_template_card'],
  ...Object.fromEntries(['text', 'mixed', 'image', 'voice', 'file', 'video'].map(type => [`aibot.${type}`, ['stream', 'template_card', 'stream_with_template_card']])),
  'aibot.stream': ['stream', 'stream_with_template_card'],
  'groupbot.text': ['text', 'markdown']
}

const sceneOf = (key: string): string => key.startsWith('aibot') ? 'aibot' : key.startsWith('groupbot') ? 'group-bot' : 'app'
const kindOf = (reply: Values): string => (reply.MsgType ?? reply.msgtype ?? reply.response_type) as string

describe.each(Object.entries(TAKES))('%s', (key, taken) => {
  const replies = Object.entries(SAMPLES).filter(([name]) => name.startsWith('xml app') || name.startsWith('json aibot') || name.startsWith('xml or json'))
  const fits = (name: string, reply: Values): boolean => name.includes(sceneOf(key)) && taken.includes(kindOf(reply))

  test(`takes ${taken.join(', ')}`, () => {
    const fitting = replies.filter(([name, { reply }]) => fits(name, reply as unknown as Values))
    expect(new Set(fitting.map(([, { reply }]) => kindOf(reply as unknown as Values)))).toEqual(new Set(taken))
    for (const [, { reply }] of fitting) expect(compose(reply, key)).not.toBe('')
  })

  test.each(replies.filter(([name, { reply }]) => !fits(name, reply as unknown as Values) && !sameInBoth(key, reply as unknown as Values)))('refuses %s, naming what it takes', (_, { reply }) => {
    const message = refusal(reply, key)
    expect(message).toContain(`expected a reply of a kind that WeCom takes for ${key}: `)
    for (const kind of taken) expect(message).toMatch(new RegExp(`\\{ \\w+: '${kind}' \\}`))
    expect(message).toMatch(/, got \{ (MsgType|msgtype|response_type): "\w+" \}\. \S.*\.$/)
  })
})

/** A bot's text happens to be spelled as a group robot's JSON is; an app's text and a group robot's differ in their fields. */
function sameInBoth (key: string, reply: Values): boolean {
  return (key.startsWith('groupbot') || TAKES[key]?.includes('text') === true) && kindOf(reply) === 'text' && !(key.startsWith('aibot') && 'MsgType' in reply) && !(sceneOf(key) === 'app' && 'msgtype' in reply)
}

describe('the error of a wrong kind says what to do instead', () => {
  test.each<[string, string, unknown, string]>([
    ['markdown for an app', 'text', { MsgType: 'markdown', Markdown: { Content: 'x' } }, "Answer with one of these, as in text('…'); send other kinds with the message API."],
    ['a bot\'s text for an app', 'text', { msgtype: 'text', text: { content: 'x' } }, "An app's replies are spelled as WeCom's page 90241 does, { MsgType: … }; text('…') fits every scene."],
    ['an app\'s text for a bot', 'aibot.text', { MsgType: 'text', Content: 'x' }, "A bot's replies are spelled in lower case, { msgtype: … }; text('…') fits every scene."],
    ['text for a bot\'s message', 'aibot.text', { msgtype: 'text', text: { content: 'x' } }, "Use text('…'), which is sent as a finished stream, or a stream; WeCom takes kind text for enter_chat only."],
    ['markdown for a bot', 'aibot.text', { msgtype: 'markdown', markdown: { content: 'x' } }, "A stream's content is markdown: use text('…') or a stream; kind markdown itself goes to the response_url only."],
    ['an image for a bot', 'aibot.text', { msgtype: 'image', image: {} }, "Use text('…'), a stream, whose content is markdown and may end with pictures, or a template card."],
    ['a stream for a welcome', 'aibot.event.enter_chat', { msgtype: 'stream', stream: { id: 's' } }, "The welcome is text('…') or a template card."],
    ['a card for a refresh', 'aibot.stream', { msgtype: 'template_card', template_card: {} }, "A refresh takes the card with the stream: { msgtype: 'stream_with_template_card' }."],
    ['a card for a click on a card', 'aibot.event.template_card_event', { msgtype: 'template_card', template_card: {} }, 'The answer can only change the card; post anything else to the response_url of the event.'],
    ['an update by msgtype', 'aibot.event.template_card_event', { msgtype: 'update_template_card', template_card: {} }, "{ response_type: 'update_template_card' }, got { msgtype: \"update_template_card\" }"],
    ['an update of no click', 'aibot.text', { response_type: 'update_template_card', template_card: {} }, 'It answers template_card_event only.'],
    ['a card update for a text', 'text', { MsgType: 'update_template_card', TemplateCard: {} }, 'It answers template_card_event and template_card_menu_event only'],
    ['a button update for a menu', 'event.template_card_menu_event', { MsgType: 'update_button', Button: {} }, 'It answers template_card_event only.'],
    ['a task card update for a text', 'text', { MsgType: 'update_taskcard', TaskCard: {} }, 'It answers taskcard_click only.'],
    ['a news for a group robot', 'groupbot.text', { MsgType: 'news', Articles: [] }, "other kinds go to the robot's WebhookUrl."],
    ['a name of Object\'s prototype', 'text', { MsgType: 'constructor' }, 'got { MsgType: "constructor" }'],
    ['text() for a click on a card', 'event.template_card_event', text('x'), "got text(). The answer can only change the card: updateButton('…') or a whole card."],
    ['text() for a task card', 'event.taskcard_click', text('x'), 'got text(). The answer can only change the button of the task card.'],
    ['text() for a click on a bot\'s card', 'aibot.event.template_card_event', text('x'), 'got text(). The answer can only change the card; post anything else to the response_url']
  ])('%s', (_, key, reply, fix) => {
    expect(refusal(reply, key)).toContain(fix)
  })
})

describe('text()', () => {
  test('is a text message of an app', async () => {
    const [, fields] = readTree(await exchange(messageOf('event.enter_agent'), 'xml', text('你好')))
    expect(fields).toEqual([['ToUserName', 'zhangsan'], ['FromUserName', CORP], ['CreateTime', expect.stringMatching(/^\d{10}$/)], ['MsgType', 'text'], ['Content', '你好']])
  })

  test('is the welcome of a bot', () => {
    expect(JSON.parse(compose(text('hi'), 'aibot.event.enter_chat'))).toEqual({ msgtype: 'text', text: { content: 'hi' } })
  })

  test('is a finished stream with an id of its own elsewhere', () => {
    const first = JSON.parse(compose(text('hi'), 'aibot.text'))
    expect(first).toEqual({ msgtype: 'stream', stream: { id: expect.stringMatching(/^[\w-]{36}$/), finish: true, content: 'hi' } })
    expect(JSON.parse(compose(text('hi'), 'aibot.text')).stream.id).not.toBe(first.stream.id)
  })

  test('ends the stream that a refresh asks for', () => {
    expect(JSON.parse(compose(text('done'), 'aibot.stream'))).toEqual({ msgtype: 'stream', stream: { id: 'stream-0a1b2c', finish: true, content: 'done' } })
  })

  test('is a text of a group robot, in its format', () => {
    expect(compose(text('hi'), 'groupbot.text')).toBe('<xml><MsgType><![CDATA[text]]></MsgType><Text><Content><![CDATA[hi]]></Content></Text></xml>')
    expect(composeReply(text('hi'), answered('groupbot.text', 'json'))).toBe('{"msgtype":"text","text":{"content":"hi"}}')
  })

  test.each([[5, 'number', 'Convert it first, as in text(String(value)).'], [{}, 'object', 'Convert it first, as in text(String(value)).'], [undefined, 'undefined', 'Return nothing where there is nothing to say.'], [null, 'null', 'Return nothing where there is nothing to say.']])('of %s is an error', (content, got, fix) => {
    for (const key of ['text', 'aibot.text', 'groupbot.text']) expect(refusal(text(content as unknown as string), key)).toBe(`expected text() to be given a text, got ${got}. ${fix}`)
  })

  test.each(['', '\u0000'])('of %j is an error that says so, as WeCom refuses an empty message', content => {
    for (const key of ['text', 'event.click', 'groupbot.text']) {
      expect(refusal(text(content), key)).toBe('expected text() to be given a text that is not empty, got an empty one. WeCom refuses an empty text message: return nothing where there is nothing to say.')
    }
    expect(refusal(text(''), 'aibot.event.enter_chat')).toContain('to be given a text that is not empty')
    expect(refusal(text(content), 'event.template_card_event')).toContain('The answer can only change the card')
  })

  test('of nothing ends a stream without text', () => {
    expect(JSON.parse(compose(text(''), 'aibot.text')).stream).toMatchObject({ finish: true, content: '' })
  })
})

describe('ids that tie a reply to its message', () => {
  test('a refresh is answered with its own id, filled in where it is absent', () => {
    expect(JSON.parse(compose({ msgtype: 'stream', stream: { content: 'x' } }, 'aibot.stream')).stream.id).toBe('stream-0a1b2c')
    expect(refusal({ msgtype: 'stream', stream: { id: 'new' } }, 'aibot.stream')).toBe('expected stream.id to be the one of the message, got another one. Answer every refresh of a stream with the id of its first reply, or leave the id out here.')
    expect(refusal({ msgtype: 'stream', stream: {} }, 'aibot.text')).toContain('stream.id of a reply of kind stream to be there')
  })

  test('a card is updated by the task_id of the event, filled in where it is absent', () => {
    const { template_card: { task_id: task, ...card }, ...reply } = SAMPLES['json aibot update_template_card']?.reply as unknown as { template_card: Values }
    expect(JSON.parse(compose({ ...reply, template_card: card }, 'aibot.event.template_card_event')).template_card.task_id).toBe(task)
    expect(refusal({ ...reply, template_card: { ...card, task_id: 'other' } }, 'aibot.event.template_card_event')).toContain('template_card.task_id to be the one of the message, got another one')
  })
})

describe('nothing to say', () => {
  test.each([...Object.keys(TAKES), 'event.change_contact.create_user', 'aibot.event.feedback_event'])('to %s', key => {
    for (const nothing of [undefined, '', 'success']) expect(compose(nothing, key)).toBe('')
  })

  test.each<[string, unknown]>([['a number', 5], ['null', null], ['a list', []], ['true', true], ['an object without a kind', { Content: 'x' }], ['an object with a kind that is no text', { MsgType: 5 }]])('%s is no reply', (_, value) => {
    expect(refusal(value, 'text')).toContain("expected a reply: text('…'), { MsgType: … }, { msgtype: … }, or nothing, got ")
    expect(refusal(value, 'groupbot.text')).toContain('For groupbot.text WeCom takes text, markdown.')
  })

  test.each<[string, unknown]>([['a number', 5], ['null', null], ['a text', 'saved'], ['a row', { id: 1 }], ['a promise-like', { then: 1 }], ['JSON', '{"id":1}'], ['a reply', text('x')]])('where WeCom takes no answer %s is ignored', (_, value) => {
    expect(compose(value, 'event.change_contact.create_user')).toBe('')
    expect(compose(value, 'aibot.event.feedback_event')).toBe('')
  })

  test('the message itself is ignored there too', () => {
    expect(compose(messageOf('event.change_contact.create_user'), 'event.change_contact.create_user')).toBe('')
  })
})

describe('where WeCom takes no answer', () => {
  const ignored = (value: unknown, key: string, FromUserName: unknown = 'sys'): string[] => {
    const warn = vi.fn()
    expect(composeReply(value, answered(key, undefined, { FromUserName }), warn)).toBe('')
    return warn.mock.calls.map(([text, code]) => `${code}: ${text}`)
  }
  const SYSTEM = 'event.change_contact.create_user'

  test.each<[string, unknown]>([['text()', text('x')], ['text() of nothing', text(undefined as unknown as string)], ['an app\'s', { MsgType: 'text', Content: 'x' }], ['a bot\'s', { msgtype: 'stream', stream: { id: 's' } }], ['an update', { response_type: 'update_template_card' }]])('a reply, %s, is ignored with one warning that says what to do', (_, reply) => {
    for (const key of [SYSTEM, 'event.unsubscribe', 'info.suite_ticket', 'aibot.event.feedback_event', 'event.brand_new']) {
      expect(ignored(reply, key)).toEqual([`WECOM_REPLY_IGNORED: a reply to a message of kind ${key === 'event.brand_new' ? 'unknown was ignored, because it has no sender' : `${key} was ignored, because WeCom takes none`}: return nothing, and use the message API to write to someone`])
    }
    expect(ignored(reply, 'event.unsubscribe', 'zhangsan')).toHaveLength(1)
  })

  test.each<[string, unknown]>([['nothing', undefined], ['a text', 'saved'], ['a row', { id: 1 }], ['a row with a type', { MsgType: 'archived' }], ['JSON', '{"MsgType":"text"}'], ['the plaintext', '<xml><MsgType>event</MsgType></xml>'], ['the message', { MsgType: 'event', Event: 'change_contact' }]])('%s is ignored without a word', (_, value) => {
    for (const key of [SYSTEM, 'info.suite_ticket', 'event.brand_new']) expect(ignored(value, key)).toEqual([])
  })

  test('an info of an InfoType that is not known is one of these too', () => {
    expect(composeReply(text('x'), { message: { InfoType: 'brand_new' }, kind: { product: 'info', key: 'unknown' }, format: 'xml' }, vi.fn())).toBe('')
  })

  test('through a receiver the warning is one of the process', async () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await exchange({ ...messageOf(SYSTEM), FromUserName: 'sys' }, 'xml', text('x'))).toBe('')
    expect(emitted.mock.calls).toEqual([[expect.stringContaining('was ignored'), { type: 'WecomWarning', code: 'WECOM_REPLY_IGNORED' }]])
    emitted.mockRestore()
  })
})

test.each(['sys', '', undefined])('a message that takes a reply, from %j, is an error: there is nobody to send it to', FromUserName => {
  for (const reply of [text('x'), { MsgType: 'text', Content: 'x' }, '<xml><MsgType>text</MsgType></xml>']) {
    expect(() => composeReply(reply, answered('text', 'xml', { FromUserName }))).toThrow('expected no passive reply to a message without a sender, got one. Return nothing')
  }
  expect(composeReply(undefined, answered('text', 'xml', { FromUserName }))).toBe('')
})

test('a message without a receiver is answered without one', () => {
  expect(composeReply(text('x'), answered('text', 'xml', { ToUserName: '', WebhookUrl: undefined }))).not.toContain('<FromUserName>')
})

describe('text of the caller\'s own making', () => {
  const json = (reply: unknown): string => composeReply(reply, answered('text', 'json'))

  test('passes as it is', () => {
    for (const own of ['<xml><MsgType>x</MsgType></xml>', ' <?xml version="1.0"?>\n<xml><A><![CDATA[<3]]></A></xml>\n']) expect(compose(own, 'text')).toBe(own)
    expect(compose('{"msgtype":"x"}', 'aibot.text')).toBe('{"msgtype":"x"}')
    expect(json(' {"MsgType":"x"}')).toBe(' {"MsgType":"x"}')
  })

  test.each([
    ['hello', 'other text'], ['<3 thanks', 'text that begins with < and is no well-formed XML'], ['<b>hi</b>', 'another root element'], ['<xml><a></xml>', 'text that begins with < and is no well-formed XML'],
    ['{name} hi', 'text that begins with {'], ['{"MsgType":"text"}', 'text that begins with {'], ['<xml></xml>tail', 'text that begins with < and is no well-formed XML']
  ])('must be XML for a message in XML: %s is not', (own, got) => {
    const message = refusal(own, 'text')
    expect(message).toContain(`expected XML text with the root <xml>, as the message is XML, or a reply value, got ${got}`)
    expect(message).toMatch(/\. To answer with a text message, return text\('…'\); a reply value is written in the message's format\.$/)
  })

  test.each([['hello', 'other text'], ['{name} hi', 'text that begins with { and is no JSON'], ['{oops', 'text that begins with { and is no JSON'], ['[1]', 'other text'], ['"x"', 'other text'], ['<xml></xml>', 'text that begins with <']])('must be JSON for a message in JSON: %s is not', (own, got) => {
    const expected = `expected the JSON text of an object, as the message is JSON, or a reply value, got ${got}. To answer`
    expect(refusal(own, 'aibot.text')).toContain(expected)
    expect(() => json(own)).toThrow(expected)
  })

  test('must be whole', () => {
    expect(refusal('<xml>\ud83d</xml>', 'text')).toContain('half a surrogate pair')
  })
})

test.each<[string, unknown, string, string]>([
  ['a group robot\'s text to an app', { MsgType: 'text', Text: { Content: 'x' } }, 'text', "expected Content beside { MsgType: 'text' }, got Text, which is a group robot's spelling. Return { MsgType: 'text', Content: '…' }, or text('…'), which fits every scene."],
  ['an app\'s text to a group robot', { MsgType: 'text', Content: 'x' }, 'groupbot.text', "expected Text beside { MsgType: 'text' }, got Content, which is an app's spelling. Return { MsgType: 'text', Text: { Content: '…' } }, or text('…'), which fits every scene."],
  ['a bot\'s text to an app, half translated', { MsgType: 'text', text: { content: 'x' } }, 'text', "expected Content beside { MsgType: 'text' }, got text, which is a bot's spelling."],
  ['a bot\'s card to an app', { MsgType: 'update_template_card', template_card: {} }, 'event.template_card_event', "expected TemplateCard beside { MsgType: 'update_template_card' }, got template_card, which is a bot's spelling. An app's cards are spelled in capitals"],
  ['an app\'s card to a bot', { response_type: 'update_template_card', TemplateCard: {} }, 'aibot.event.template_card_event', "expected template_card beside { response_type: 'update_template_card' }, got TemplateCard, which is an app's spelling. A bot's cards are spelled in lower case"]
])('the error names the spelling of another product: %s', (_, reply, key, message) => {
  expect(refusal(reply, key)).toContain(message)
})

test('an event of a bot that is not known here takes any reply of a bot', () => {
  for (const reply of [{ msgtype: 'text', text: { content: 'x' } }, { msgtype: 'stream', stream: { id: 's' } }, text('x')]) expect(compose(reply, 'aibot.event.new_event')).not.toBe('')
})
