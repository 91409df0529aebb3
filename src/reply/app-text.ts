import { fitsCdata } from '../xml/write.js'
import type { Answered } from './answered.js'
import { APP_REPLIES } from './limits/app.js'

/** Beyond these bytes of UTF-8 the text is cut, which the general way does. */
const CUT_BYTES = APP_REPLIES.text?.fields.Content?.cutBytes ?? 0

/** Surrogates included: that they come in pairs is for the general way to see. */
// eslint-disable-next-line no-control-regex -- what a JSON text may only hold escaped
const UNLIKE_JSON = /["\\\u0000-\u001f\ud800-\udfff]/

/**
 * The text reply of an app (page 90241), written in one go where nothing of it has to be cut, cleaned or refused, as of
 * nearly every reply. Otherwise `undefined`: then the table of limits decides. What is written here, it writes alike.
 */
export function writeAppText (content: unknown, { message, format }: Answered): string | undefined {
  const { FromUserName: to, ToUserName: from } = message
  if (typeof content !== 'string' || typeof to !== 'string' || typeof from !== 'string') return undefined
  if (content === '' || (content.length * 3 > CUT_BYTES && Buffer.byteLength(content) > CUT_BYTES)) return undefined
  const fits = format === 'xml' ? fitsCdata : fitsJson
  if (to.trim() === '' || from.trim() === '' || !fits(content) || !fits(to) || !fits(from)) return undefined
  const now = Math.floor(Date.now() / 1000)
  return format === 'xml'
    ? `<xml><ToUserName><![CDATA[${to}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName>` +
      `<CreateTime>${now}</CreateTime><MsgType><![CDATA[text]]></MsgType>` +
      `<Content><![CDATA[${content}]]></Content></xml>`
    : `{"ToUserName":"${to}","FromUserName":"${from}","CreateTime":${now},"MsgType":"text","Content":"${content}"}`
}

/** Whether a text stands between the quotes of JSON as it is. */
function fitsJson (text: string): boolean {
  return !UNLIKE_JSON.test(text)
}
