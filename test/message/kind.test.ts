import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../src/message/parse.js'
import { entries } from './independent.ts'

const kindOf = (text: string) => parseMessage(text).kind
const subscribe = (fields: string) => `<xml><ToUserName>ww</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>subscribe</Event>${fields}</xml>`

/** What tells products apart, each with a value it might have. */
const MARKS = ['ChatType', 'WebhookUrl', 'GetChatInfoUrl', 'chat_type', 'chattype', 'webhook_url', 'get_chat_info_url', 'aibotid', 'msgtype', 'msg_type', 'InfoType', 'event']

describe('a field of another product does not move a message there', () => {
  test.each(MARKS)('an event with %s', name => {
    expect(kindOf(subscribe(`<${name}>single</${name}>`))).toEqual({ product: 'app', key: 'event.subscribe' })
  })

  test.each(MARKS)('a text with %s', name => {
    expect(kindOf(JSON.stringify({ ToUserName: 'ww', FromUserName: 'zhangsan', CreateTime: 1, MsgType: 'text', Content: 'hi', [name]: 'single' }))).toEqual({ product: 'app', key: 'text' })
  })

  test.each(MARKS.filter(name => name !== 'InfoType'))('a notice with %s', name => {
    expect(kindOf(`<xml><SuiteId>s</SuiteId><InfoType>suite_ticket</InfoType><SuiteTicket>t</SuiteTicket><${name}>text</${name}></xml>`)).toEqual({ product: 'info', key: 'info.suite_ticket' })
  })

  test.each(MARKS.filter(name => !/^(msgtype|aibotid)$/.test(name)))('a message of a bot with %s', name => {
    expect(kindOf(JSON.stringify({ msgid: '1', aibotid: 'a', msgtype: 'text', text: { content: 'hi' }, [name]: 'single' }))).toEqual({ product: 'aibot', key: 'aibot.text' })
  })

  test.each(['aibotid', 'msgtype', 'InfoType', 'chattype'])('a message of a group robot with %s', name => {
    expect(kindOf(`<xml><WebhookUrl>w</WebhookUrl><MsgType>text</MsgType><Text><Content>hi</Content></Text><${name}>x</${name}></xml>`)).toEqual({ product: 'groupbot', key: 'groupbot.text' })
  })

  test.each(entries.flatMap(({ key, samples }) => samples.flatMap(({ xml }) => xml === undefined || !/<ToUserName>/.test(xml) ? [] : [{ key, xml }])))('the sample of $key with all of them', ({ key, xml }) => {
    expect(kindOf(xml.replace('</xml>', `${MARKS.map(name => xml.includes(`<${name}>`) ? '' : `<${name}>x</${name}>`).join('')}</xml>`))).toEqual({ product: 'app', key })
  })
})

describe('every sample is of the product that the catalogue says', () => {
  test.each(entries.flatMap(({ key, category, samples }) => samples.flatMap(({ xml, json }) => [xml, json === undefined ? undefined : JSON.stringify(json)]).filter(text => text !== undefined).map(text => ({ key, category, text }))))('$key', ({ key, category, text }) => {
    expect(kindOf(text)).toEqual({ product: category === 'message' || category === 'event' ? 'app' : category, key })
  })
})

describe('what says nothing counts as absent', () => {
  test.each(['ChangeType', 'InfoType', 'aibotid', 'ChatType', 'msgtype', 'msg_type', 'event'])('null for %s', name => {
    expect(kindOf(JSON.stringify({ MsgType: 'event', Event: 'subscribe', [name]: null })).key).toBe('event.subscribe')
  })

  test('null for what a bot has', () => {
    expect(kindOf('{"aibotid":"a","MsgType":null,"InfoType":null,"Event":null,"msgtype":"event","event":{"EventType":null,"eventtype":"enter_chat"}}').key).toBe('aibot.event.enter_chat')
  })

  test.each(['', ' ', '\n\t', '<![CDATA[ ]]>'])('a ChangeType of %j', blank => {
    expect(kindOf(subscribe(`<ChangeType>${blank}</ChangeType>`)).key).toBe('event.subscribe')
    expect(kindOf(`<xml><InfoType>suite_ticket</InfoType><ChangeType>${blank}</ChangeType></xml>`).key).toBe('info.suite_ticket')
  })

  test.each(['', ' '])('an InfoType or MsgType of %j', blank => {
    expect(kindOf(`<xml><MsgType>text</MsgType><InfoType>${blank}</InfoType></xml>`).key).toBe('text')
    expect(kindOf(`<xml><MsgType>${blank}</MsgType><InfoType>suite_ticket</InfoType></xml>`).key).toBe('info.suite_ticket')
  })
})
