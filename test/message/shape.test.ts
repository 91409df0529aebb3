import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../src/message/parse.js'

const event = (fields: string) => parse(`<xml><ToUserName>ww</ToUserName><FromUserName>sys</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>${fields}</xml>`)
const parse = (text: string) => {
  const { message, kind } = parseMessage(text)
  return { ...message, kind: kind.key }
}

describe('identifiers', () => {
  test.each(['7390418264419835907', '0001', 'abc', '1e3', ' 7 '])('MsgId %j stays what was sent', id => {
    expect(parse(`<xml><MsgType>text</MsgType><MsgId>${id}</MsgId></xml>`)).toMatchObject({ MsgId: id })
  })

  test.each([['7390418264419835907', '7390418264419835907'], ['1000002', '1000002'], ['1.10', '1.10'], ['1e3', '1e3'], ['"0001"', '0001']])('a JSON AgentID %s is the text %j', (json, text) => {
    expect(parse(`{"MsgType":"text","AgentID":${json}}`)).toMatchObject({ AgentID: text })
  })

  test('a flag for a text is its text, null is absent', () => {
    expect(parse('{"MsgType":"event","Event":"meeting_change","ChangeType":"medium_upload","AllUploadStatus":true,"MeetingId":null}'))
      .toStrictEqual({ MsgType: 'event', Event: 'meeting_change', ChangeType: 'medium_upload', AllUploadStatus: 'true', kind: 'event.meeting_change.medium_upload' })
  })
})

describe('quantities', () => {
  test.each([
    ['23.134', 23.134], ['-0.5', -0.5], [' 20 ', 20], ['1e2', 100], ['0', 0],
    ['', ''], ['north', 'north'], ['1e999', '1e999'], ['NaN', 'NaN'], ['Infinity', 'Infinity'], ['0x10', '0x10'], ['12345678901234567890', '12345678901234567890']
  ])('%j becomes %j', (text, value) => {
    expect(parse(`<xml><MsgType>location</MsgType><Location_X>${text}</Location_X></xml>`)).toMatchObject({ Location_X: value })
  })

  test('what the catalogue does not know stays text in XML and a number in JSON', () => {
    expect(parse('<xml><MsgType>text</MsgType><New>1</New></xml>')).toMatchObject({ New: '1' })
    expect(parse('{"MsgType":"text","New":1,"Big":12345678901234567890,"Deep":{"List":[1.5,null,true]}}'))
      .toMatchObject({ New: 1, Big: '12345678901234567890', Deep: { List: [1.5, null, true] } })
  })
})

describe('lists', () => {
  const wedrive = (fields: string) => event(`<Event>wedrive_file_change</Event><ChangeType>create_file</ChangeType>${fields}`)

  test('one element is a list of one, none is absent', () => {
    expect(wedrive('<FileId>a</FileId>')).toMatchObject({ FileId: ['a'] })
    expect(wedrive('<FileId>a</FileId><FileId>b</FileId>')).toMatchObject({ FileId: ['a', 'b'] })
    expect(wedrive('')).not.toHaveProperty('FileId')
  })

  test('JSON gives the same, with or without brackets', () => {
    for (const json of ['"a"', '["a"]']) {
      expect(parse(`{"MsgType":"event","Event":"wedrive_file_change","ChangeType":"create_file","FileId":${json}}`)).toMatchObject({ FileId: ['a'] })
    }
  })

  test('nested lists are found at any depth', () => {
    expect(event('<Event>pic_weixin</Event><SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>x</PicMd5Sum></item></PicList></SendPicsInfo>'))
      .toMatchObject({ SendPicsInfo: { Count: 1, PicList: { item: [{ PicMd5Sum: 'x' }] } } })
    expect(event('<Event>sys_approval_change</Event><ApprovalInfo><SpRecord><Details><SpTime>5</SpTime><Attach>m</Attach></Details></SpRecord></ApprovalInfo>'))
      .toMatchObject({ ApprovalInfo: { SpRecord: [{ Details: [{ SpTime: 5, Attach: ['m'] }] }] } })
  })

  test('joined lists stay one string', () => {
    expect(event('<Event>change_contact</Event><ChangeType>create_user</ChangeType><Department>1,2</Department>')).toMatchObject({ Department: '1,2' })
    expect(parse('{"MsgType":"event","Event":"change_contact","ChangeType":"create_user","Department":1}')).toMatchObject({ Department: '1' })
  })

  test('an element that repeats though the catalogue knows no list is one', () => {
    expect(event('<Event>click</Event><New>1</New><New>2</New>')).toMatchObject({ New: ['1', '2'] })
  })
})

describe('empty elements', () => {
  test('are the empty value of what they stand for, and differ from absent ones', () => {
    const message = event('<Event>change_contact</Event><ChangeType>update_user</ChangeType><Name></Name><Gender/><ExtAttr>\n </ExtAttr>')
    expect(message).toMatchObject({ Name: '', Gender: '', ExtAttr: { Item: [] } })
    expect(message).not.toHaveProperty('Email')
  })

  test.each(['<PicList></PicList>', '<PicList/>', '<PicList>\n </PicList>'])('%s holds an empty list', list => {
    expect(event(`<Event>pic_weixin</Event><SendPicsInfo><Count>0</Count>${list}</SendPicsInfo>`)).toMatchObject({ SendPicsInfo: { Count: 0, PicList: { item: [] } } })
  })

  test('hold empty lists in JSON too; an absent container stays absent, one with something else in it as it is', () => {
    for (const list of ['{}', '""', '{"item":null}', '{"item":[]}']) {
      expect(parse(`{"MsgType":"event","Event":"pic_weixin","SendPicsInfo":{"PicList":${list}}}`)).toMatchObject({ SendPicsInfo: { PicList: { item: [] } } })
    }
    expect(event('<Event>pic_weixin</Event><SendPicsInfo></SendPicsInfo>')).toHaveProperty('SendPicsInfo', {})
    expect(event('<Event>pic_weixin</Event><SendPicsInfo><PicList><New>1</New></PicList></SendPicsInfo>')).toMatchObject({ SendPicsInfo: { PicList: { New: '1' } } })
    expect(event('<Event>template_card_event</Event><SelectedItems><SelectedItem><OptionIds/></SelectedItem></SelectedItems>')).toMatchObject({ SelectedItems: { SelectedItem: [{ OptionIds: { OptionId: [] } }] } })
  })

  test('are items of a list', () => {
    expect(event('<Event>kf_account_auth_change</Event><AuthAddOpenKfId></AuthAddOpenKfId>')).toMatchObject({ AuthAddOpenKfId: [''] })
    expect(event('<Event>change_contact</Event><ChangeType>update_user</ChangeType><ExtAttr><Item/></ExtAttr>')).toMatchObject({ ExtAttr: { Item: [{}] } })
  })
})

describe('kinds', () => {
  test('stray blanks around the discriminants go, those in content stay', () => {
    expect(parse('<xml><MsgType> event </MsgType><Event>\nchange_contact </Event><ChangeType> create_user</ChangeType><Name> a </Name></xml>'))
      .toStrictEqual({ MsgType: 'event', Event: 'change_contact', ChangeType: 'create_user', Name: ' a ', kind: 'event.change_contact.create_user' })
    expect(parse('<xml><InfoType> suite_ticket </InfoType></xml>')).toMatchObject({ InfoType: 'suite_ticket', kind: 'info.suite_ticket' })
  })

  test('nor do they stay in what tells the parts of a message apart', () => {
    expect(parse('{"aibotid":"a","msgtype":" event ","event":{"eventtype":" enter_chat\\n"}}')).toMatchObject({ msgtype: 'event', event: { eventtype: 'enter_chat' }, kind: 'aibot.event.enter_chat' })
    expect(parse('{"aibotid":"a","msgtype":"mixed","mixed":{"msg_item":[{"msgtype":" text","text":{"content":" a "}}]}}')).toMatchObject({ mixed: { msg_item: [{ msgtype: 'text', text: { content: ' a ' } }] } })
    expect(parse('<xml><InfoType>change_school_contact_batch</InfoType><ChangeList><ChangeType> create_student </ChangeType></ChangeList></xml>')).toMatchObject({ ChangeList: [{ ChangeType: 'create_student' }] })
    expect(parse('<xml><ChatType>group</ChatType><MsgType>event</MsgType><Event><EventType> enter_chat </EventType></Event></xml>')).toMatchObject({ Event: { EventType: 'enter_chat' }, kind: 'groupbot.event.enter_chat' })
    expect(parse('<xml><ToUserName>ww</ToUserName><MsgType>text</MsgType><New><MsgType> a </MsgType></New></xml>')).toMatchObject({ New: { MsgType: ' a ' } })
  })

  test.each([['add_field', 'smart_sheet_change', 'add_filed'], ['create_deparmtment', 'change_school_contact', 'create_department']])('%s leads to the key of its alias and stays in the field', (alias, name, change) => {
    expect(event(`<Event>${name}</Event><ChangeType>${alias}</ChangeType>`)).toMatchObject({ kind: `event.${name}.${change}`, ChangeType: alias })
  })

  test.each([
    '<xml><MsgType>hologram</MsgType></xml>', '<xml><MsgType>event</MsgType><Event>new_event</Event></xml>', '<xml><MsgType>event</MsgType></xml>',
    '<xml><MsgType>event.click</MsgType></xml>', '<xml><MsgType>event</MsgType><Event>__proto__</Event></xml>', '<xml><MsgType>constructor</MsgType></xml>',
    '<xml><InfoType>new_info</InfoType></xml>', '<xml><A>1</A></xml>', '{"msgtype":"new"}', '{"msgtype":"event","event":null}', '{"MsgType":["text","text"]}'
  ])('%s is unknown, and no error', text => {
    expect(parse(text).kind).toBe('unknown')
  })

  test('an unknown kind still has its common fields in shape', () => {
    expect(parse('{"MsgType":"event","Event":"new_event","CreateTime":"5","AgentID":7,"MsgId":12345678901234567890}'))
      .toMatchObject({ CreateTime: 5, AgentID: '7', MsgId: '12345678901234567890' })
  })

  test('a group robot is known by its fields, in XML and in snake case JSON', () => {
    expect(parse('<xml><WebhookUrl>https://example.invalid</WebhookUrl><MsgType>event</MsgType><Event><EventType>enter_chat</EventType></Event></xml>').kind).toBe('groupbot.event.enter_chat')
    expect(parse('{"webhook_url":"https://example.invalid","msgtype":"event","event":{"event_type":"enter_chat"}}').kind).toBe('groupbot.event.enter_chat')
    expect(parse('{"aibotid":"a","chattype":"group","msgtype":"text","text":{"content":"a"}}').kind).toBe('aibot.text')
  })
})

describe('text survives', () => {
  test.each([
    ['CDATA', '<![CDATA[<b>&lt; "\' ]] >]]>', '<b>&lt; "\' ]] >'],
    ['split CDATA', '<![CDATA[a]]]]><![CDATA[>b]]>', 'a]]>b'],
    ['entities', '&lt;&amp;lt;&gt;&quot;&apos;', '<&lt;>"\''],
    ['numeric references', '&#20320;&#x1F600;&#10;', '你😀\n'],
    ['blanks in CDATA', '<![CDATA[  a\n\tb  ]]>', '  a\n\tb  '],
    ['layout around CDATA', '\n  <![CDATA[ a ]]>\n', ' a '],
    ['blanks alone', '   ', '   '],
    ['blanks alone in CDATA', '\n<![CDATA[ \n ]]> ', ' \n '],
    ['emoji', '👩‍👩‍👧‍👦🇨🇳', '👩‍👩‍👧‍👦🇨🇳'],
    ['a comment between', 'a<!-- no -->b', 'ab'],
    ['nothing', '<![CDATA[]]>', '']
  ])('%s', (_what, xml, text) => {
    expect(parse(`<xml><MsgType>text</MsgType><Content>${xml}</Content></xml>`)).toMatchObject({ Content: text })
  })
})

test('layout between elements is no content', () => {
  expect(parse('<?xml version="1.0"?>\n<!-- sample -->\n<xml>\n  <MsgType>text</MsgType>\r\n  <A>\n    <B>1</B>\n\n    <C>2</C>\n  </A>\n  <D/>\n</xml>\n'))
    .toStrictEqual({ MsgType: 'text', A: { B: '1', C: '2' }, D: '', kind: 'text' })
})

test('names that reach into every object are left out', () => {
  for (const text of [
    '<xml><MsgType>text</MsgType><__proto__><polluted>1</polluted></__proto__><constructor><prototype>1</prototype></constructor><A><prototype>1</prototype></A></xml>',
    '{"MsgType":"text","__proto__":{"polluted":1},"constructor":{"prototype":1},"A":{"prototype":1,"__proto__":{"polluted":1}}}'
  ]) {
    const { message } = parseMessage(text)
    expect(message).toStrictEqual({ MsgType: 'text', A: {} })
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  }
})

test('fields stay in the order they came in, whichever goes or gets another name', () => {
  const { message } = parseMessage('{"webhook_url":"w","msg_id":"m","chat_id":"c","PostId":null,"constructor":1,"msg_type":"text","New":1.50,"text":{"content":"hi"}}')
  expect(JSON.stringify(message)).toBe('{"WebhookUrl":"w","MsgId":"m","ChatId":"c","MsgType":"text","New":1.5,"Text":{"Content":"hi"}}')
  const app = parseMessage('{"ToUserName":"ww","MsgType":" text ","AgentID":null,"Content":" hi ","__proto__":1,"MsgId":7390418264419835907,"CreateTime":1}')
  expect(JSON.stringify(app.message)).toBe('{"ToUserName":"ww","MsgType":"text","Content":" hi ","MsgId":"7390418264419835907","CreateTime":1}')
})
