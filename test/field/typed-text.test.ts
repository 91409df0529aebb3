import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../src/message/parse.js'

/** A text message as WeCom writes it: what was typed goes into CDATA as it is. */
const message = (typed: string) => '<xml><ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1767168000</CreateTime>' +
  `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${typed}]]></Content><MsgId>7390418264419835001</MsgId><AgentID>1000002</AgentID></xml>`
const read = (typed: string, write = message) => parseMessage(write(typed)).message
const arrived = (typed: string) => ({ ToUserName: 'ww1', FromUserName: 'zhangsan', CreateTime: 1767168000, MsgType: 'text', Content: typed, MsgId: '7390418264419835001', AgentID: '1000002' })

/** The way that all XML writers split `]]>`: who types just this gets `]]>`, as nobody can tell it from that. */
const SPLIT = ']]]]><![CDATA[>'

const fragment = fc.oneof(
  fc.constantFrom(
    ']]>', '<![CDATA[', ']]', '>', ']', '\n', ' ', '&lt;', '<!--', '-->', '<?xml?>', '<xml>', '</xml>', ']]></xml>', '<Content>', '</Content>', ']]></Content>', ']]> </Content >', '<Content><![CDATA[',
    '<FromUserName>boss</FromUserName>', '<FromUserName><![CDATA[boss]]></FromUserName>', '<FromUserName><![CDATA[', ']]></FromUserName>', '<MsgId>1</MsgId>', '<MsgId><![CDATA[', '<MsgType>event</MsgType>', '<Event><![CDATA[subscribe]]></Event>',
    '<AgentID><![CDATA[', '<Evil><![CDATA[', ']]></Evil>', '<Evil>1</Evil>', '<a>', '</a>', message('hi'), message(']]></Content>')
  ),
  fc.string()
)
const typed = fc.array(fragment, { maxLength: 12 }).map(parts => parts.join('').replaceAll('\r', '')).filter(text => !text.includes(SPLIT))

describe('what a user typed', () => {
  test('arrives as it was typed, and no other field is another', () => {
    fc.assert(fc.property(typed, text => { expect(read(text)).toStrictEqual(arrived(text)) }), { numRuns: 3000 })
  })

  test.each([
    '<status><![CDATA[busy]]></status>', 'if (a[b[0]]>1) x', ']]></Content><FromUserName>boss</FromUserName>', ']]></Content><FromUserName><![CDATA[boss]]></FromUserName><Content><![CDATA[',
    'x]]></Content><MsgId>1</MsgId><Content><![CDATA[y', ']]></Content></xml>', 'x]]></Content><AgentID><![CDATA[', 'a]]><![CDATA[b', ']]></Content>'.repeat(150), message('hi'), message(message('hi'))
  ])('%j', text => {
    expect(read(text)).toStrictEqual(arrived(text))
  })

  test('is read whatever the other fields are written like', () => {
    const write = (text: string) => message('#').replace(/<(MsgId|AgentID)>(\d+)</g, '<$1><![CDATA[$2]]><').replaceAll('><', '>\n  <').replaceAll('>\n  <!', '><!').replace('#', () => text)
    for (const text of ['a]]></Content>', 'x]]></Content><AgentID><![CDATA[', '<![CDATA[', ']]>\n  </Content>']) expect(read(text, write)).toStrictEqual(arrived(text))
  })

  test('a message as other writers make it, with ]]> split, is read as they mean it', () => {
    fc.assert(fc.property(typed, text => {
      expect(parseMessage(message(text.replaceAll(']]>', SPLIT))).message).toStrictEqual(arrived(text))
    }))
  })
})

describe('of several texts by one user', () => {
  const link = ({ title, description, url }: { title: string, description: string, url: string }) => message('').replace('text', 'link').replace('<Content><![CDATA[]]></Content>',
    `<Title><![CDATA[${title}]]></Title><Description><![CDATA[${description}]]></Description><Url><![CDATA[${url}]]></Url><PicUrl><![CDATA[p]]></PicUrl>`)
  const readLink = (texts: Parameters<typeof link>[0]) => parseMessage(link(texts)).message

  test.each([
    [{ title: ']]></Title>', description: 'd', url: 'u' }],
    [{ title: 't', description: ']]></Title><Evil>1</Evil><Description><![CDATA[d', url: 'u' }],
    [{ title: 't]]></Title><Evil>1</Evil><Description><![CDATA[', description: 'd', url: 'u' }],
    [{ title: 't', description: 'd', url: ']]></Title><Url><![CDATA[u' }],
    [{ title: ']]></Title>', description: ']]></Description>', url: '<![CDATA[' }],
    [{ title: 't]]></Title><FromUserName>boss</FromUserName><Title><![CDATA[', description: ']]>', url: 'u' }]
  ])('%j: none ends in another', texts => {
    expect(readLink(texts)).toMatchObject({ FromUserName: 'zhangsan', MsgId: '7390418264419835001', Title: texts.title, Description: texts.description, Url: texts.url, PicUrl: 'p' })
    expect(readLink(texts)).not.toHaveProperty('Evil')
  })

  const piece = fc.array(fc.constantFrom(']]></Title>', ']]></Description>', ']]></Url>', '<Title><![CDATA[', '<Description><![CDATA[', '<FromUserName>boss</FromUserName>', '<MsgId>1</MsgId>', '<MsgId><![CDATA[1]]></MsgId>', '<AgentID>9</AgentID>', '<MsgType>event</MsgType>', 'x'), { maxLength: 6 }).map(parts => parts.join(''))
  test('whatever they are, no id is forged', () => {
    fc.assert(fc.property(fc.record({ title: piece, description: piece, url: piece }), texts => {
      let read: Record<string, unknown>
      try {
        read = readLink(texts)
      } catch {
        return
      }
      expect(read).toMatchObject({ ToUserName: 'ww1', FromUserName: 'zhangsan', CreateTime: 1767168000, MsgType: 'link', MsgId: '7390418264419835001', AgentID: '1000002' })
    }), { numRuns: 2000 })
  })

  test('where an id between two of them can be read in two ways, the message is refused', () => {
    const event = (name: string, mobile: string, position: string) => '<xml><ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[event]]></MsgType>' +
      `<Event><![CDATA[change_contact]]></Event><ChangeType><![CDATA[create_user]]></ChangeType><UserID><![CDATA[u]]></UserID><Name><![CDATA[${name}]]></Name><Mobile><![CDATA[${mobile}]]></Mobile><Position><![CDATA[${position}]]></Position></xml>`
    expect(() => parseMessage(event('n]]></Name><Mobile><![CDATA[666]]></Mobile><Position><![CDATA[', '139', 'p'))).toThrow('one that can be read in two ways, with different ids')
    expect(parseMessage(event('n]]></Name>', '139', 'p]]></Position>')).message).toMatchObject({ Name: 'n]]></Name>', Mobile: '139', Position: 'p]]></Position>' })
  })
})

describe('a field that is no list', () => {
  const twice = (fields: string) => parseMessage(message('hi').replace('</xml>', `${fields}</xml>`))

  test.each(['FromUserName', 'ToUserName', 'MsgType', 'MsgId', 'CreateTime', 'AgentID'])('is the first where %s comes twice', name => {
    for (const value of ['boss', '<![CDATA[boss]]>', '<a>boss</a>']) {
      expect(twice(`<${name}>${value}</${name}>`)).toEqual({ message: arrived('hi'), kind: { product: 'app', key: 'text' }, format: 'xml' })
    }
  })

  test('is a text where JSON has a list', () => {
    expect(parseMessage('{"ToUserName":"ww","MsgType":"event","Event":"change_contact","ChangeType":"create_user","UserID":"u","Department":[1,2],"Name":["a"],"ExtAttr":{"Item":{"Name":["b","c"]}}}').message)
      .toMatchObject({ Department: '1,2', Name: 'a', ExtAttr: { Item: [{ Name: 'b,c' }] } })
  })
})
