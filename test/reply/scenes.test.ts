import { describe, expect, test } from 'vitest'
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
    ['markdown for an app', 'text', { MsgType: 'markdown', Markdown: { Content: 'x' } }, "Answer with one of these, as in text('…'); send other kinds by the message API."],
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

  test('of no text is an error, of an empty one too where WeCom wants one', () => {
    expect(refusal(text(5 as unknown as string), 'text')).toContain('text() to be given a text, got number. Convert it first')
    expect(refusal(text(''), 'text')).toContain('Content of a reply of kind text to be there, got an empty text')
    expect(JSON.parse(compose(text(''), 'aibot.text')).stream.content).toBe('')
  })
})

describe('ids that tie a reply to its message', () => {
  test('a refresh is answered with its own id, filled in where it is absent', () => {
    expect(JSON.parse(compose({ msgtype: 'stream', stream: { content: 'x' } }, 'aibot.stream')).stream.id).toBe('stream-0a1b2c')
    expect(refusal({ msgtype: 'stream', stream: { id: 'new' } }, 'aibot.stream')).toBe('expected stream.id to be the one of the message, "stream-0a1b2c", got "new". Answer every refresh of a stream with the id of its first reply, or leave the id out here.')
    expect(refusal({ msgtype: 'stream', stream: {} }, 'aibot.text')).toContain('stream.id of a reply of kind stream to be there')
  })

  test('a card is updated by the task_id of the event, filled in where it is absent', () => {
    const { template_card: { task_id: task, ...card }, ...reply } = SAMPLES['json aibot update_template_card']?.reply as unknown as { template_card: Values }
    expect(JSON.parse(compose({ ...reply, template_card: card }, 'aibot.event.template_card_event')).template_card.task_id).toBe(task)
    expect(refusal({ ...reply, template_card: { ...card, task_id: 'other' } }, 'aibot.event.template_card_event')).toContain('template_card.task_id to be the one of the message, "task_20251231_02", got "other"')
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

describe('a message of nobody', () => {
  const compose = (value: unknown, key: string, FromUserName: unknown): string => composeReply(value, answered(key, 'xml', { FromUserName }))

  test.each(['sys', '', undefined])('from %j takes no reply', from => {
    for (const reply of [text('x'), { MsgType: 'text', Content: 'x' }, { msgtype: 'stream', stream: { id: 's' } }, '<xml><MsgType>text</MsgType></xml>', '{"MsgType":"text"}']) {
      expect(() => compose(reply, 'event.change_contact.create_user', from)).toThrow('expected no passive reply to a message of the system itself, got one. Return nothing')
      expect(() => compose(reply, 'text', from)).toThrow('no passive reply to a message of the system itself')
    }
  })

  test.each<[string, unknown]>([['nothing', undefined], ['a text', 'saved'], ['a row', { id: 1 }], ['JSON', '{"id":1}'], ['the message', { MsgType: 'event', Event: 'change_contact' }]])('takes %s as nothing to say', (_, value) => {
    expect(compose(value, 'event.change_contact.create_user', 'sys')).toBe('')
  })
})

describe('text of the caller\'s own making', () => {
  test('passes as it is', () => {
    for (const own of ['<xml><MsgType>x</MsgType></xml>', ' {"MsgType":"x"}']) expect(compose(own, 'text')).toBe(own)
    expect(compose('{"msgtype":"x"}', 'aibot.text')).toBe('{"msgtype":"x"}')
  })

  test('must be XML or JSON, and JSON for a bot', () => {
    expect(refusal('hello', 'text')).toBe("expected XML or JSON text, or a reply value, got other text. To answer with a text message, return text('…').")
    expect(refusal('<xml></xml>', 'aibot.text')).toContain('expected JSON text, or a reply value, got other text')
  })
})

test('an event of a bot that is not known here takes any reply of a bot', () => {
  for (const reply of [{ msgtype: 'text', text: { content: 'x' } }, { msgtype: 'stream', stream: { id: 's' } }, text('x')]) expect(compose(reply, 'aibot.event.new_event')).not.toBe('')
})
