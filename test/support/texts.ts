/** Pieces that have broken implementations: bytes that are not characters, ends of CDATA, quotes, line breaks. */
const PIECES = ['a', 'Z', '0', ' ', '企业微信', '你好', '😀', '👨‍👩‍👧‍👦', 'é', 'e\u0301', '\u{20000}', ']]>', '<![CDATA[', '</xml>', '&amp;', '&', '"', '\\', '\n', '\r\n', '\t', '%2B', '+', '\u2028', '\uFEFF', '/微笑']

/** Texts that look random and are the same in every run. */
export function * randomTexts (count: number, seed: number): Generator<string> {
  const next = numbers(seed)
  for (let i = 0; i < count; i++) {
    yield Array.from({ length: 1 + next() % 40 }, () => PIECES[next() % PIECES.length]).join('')
  }
}

/** A text message of an app in XML, its content in CDATA. */
export function xmlMessage (content: string, toUserName = 'ww1234567890abcdef'): string {
  const cdata = content.replaceAll(']]>', ']]]]><![CDATA[>')
  return `<xml><ToUserName><![CDATA[${toUserName}]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1348831860</CreateTime>` +
    `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${cdata}]]></Content><MsgId>4561255354251345929</MsgId><AgentID>218</AgentID></xml>`
}

/** The same in JSON. */
export function jsonMessage (content: string, toUserName = 'ww1234567890abcdef'): string {
  return JSON.stringify({ ToUserName: toUserName, FromUserName: 'zhangsan', CreateTime: 1348831860, MsgType: 'text', Content: content, MsgId: '4561255354251345929', AgentID: '218' })
}

/** Of a bot (智能机器人). */
export function botMessage (content: string): string {
  return JSON.stringify({ msgid: 'CAIQ16HMjQYY', aibotid: 'AIBOT', chattype: 'single', from: { userid: 'zhangsan' }, msgtype: 'text', text: { content } })
}

/** 32-bit numbers that look random, the same for every seed: mulberry32 by Tommy Ettinger (public domain). */
export function numbers (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}
