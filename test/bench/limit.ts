import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { fastifyWithBytes } from './bare.js'
import { PATH, SETTINGS } from './messages.js'
import { listen, SHORT_REPLY, type StartServer } from './served.js'

// The yardstick: what the protocol cannot do without, and no more. SHA-1 and AES are as Node's documentation has them,
// with new objects for each request; fields are cut out by their neighbours. Nothing is checked but the signature, nothing
// remembered: nobody should run this.

const key = Buffer.from(`${SETTINGS.encodingAESKey}=`, 'base64')
const iv = key.subarray(0, 16)

export const startLimit: StartServer = async ({ format, short }, port) => {
  const app = fastifyWithBytes()
  const { contentType, encrypted, fields, reply, answer } = format === 'xml' ? xml : json
  app.post(PATH, (request, response) => {
    const { msg_signature: signature, timestamp, nonce } = request.query as Record<string, string>
    const received = encrypted((request.body as Buffer).toString())
    if (sign(timestamp!, nonce!, received) !== signature) return response.code(401).send('')
    const { from, to, content } = fields(decrypt(received))
    const now = String(Math.floor(Date.now() / 1000))
    const sealed = encrypt(reply(from, to, now, short ? SHORT_REPLY : content))
    return response.header('content-type', contentType).send(answer(sealed, sign(now, nonce!, sealed), now, nonce!))
  })
  return await listen(app, port)
}

function sign (timestamp: string, nonce: string, encrypted: string): string {
  return createHash('sha1').update([SETTINGS.token, timestamp, nonce, encrypted].sort().join('')).digest('hex')
}

function decrypt (encrypted: string): string {
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  const bytes = Buffer.concat([decipher.update(encrypted, 'base64'), decipher.final()])
  return bytes.toString('utf8', 20, 20 + bytes.readUInt32BE(16))
}

function encrypt (text: string): string {
  const message = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  const receiveId = Buffer.from(SETTINGS.receiveId)
  const count = 32 - (20 + message.length + receiveId.length) % 32
  const padded = Buffer.concat([randomBytes(16), length, message, receiveId, Buffer.alloc(count, count)])
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
}

function between (text: string, before: string, after: string): string {
  const start = text.indexOf(before) + before.length
  return text.slice(start, text.indexOf(after, start))
}

interface Form {
  contentType: string
  encrypted (body: string): string
  fields (message: string): { from: string, to: string, content: string }
  reply (to: string, from: string, now: string, content: string): string
  answer (encrypted: string, signature: string, timestamp: string, nonce: string): string
}

const xml: Form = {
  contentType: 'application/xml; charset=utf-8',
  encrypted: body => between(body, '<Encrypt><![CDATA[', ']]>'),
  fields: message => ({
    from: between(message, '<FromUserName><![CDATA[', ']]>'),
    to: between(message, '<ToUserName><![CDATA[', ']]>'),
    content: between(message, '<Content><![CDATA[', ']]>')
  }),
  reply: (to, from, now, content) => `<xml><ToUserName><![CDATA[${to}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName><CreateTime>${now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content></xml>`,
  answer: (encrypted, signature, timestamp, nonce) => `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`
}

const json: Form = {
  contentType: 'application/json; charset=utf-8',
  encrypted: body => between(body, '"encrypt":"', '"'),
  fields: message => ({
    from: between(message, '"FromUserName":"', '"'),
    to: between(message, '"ToUserName":"', '"'),
    content: between(message, '"Content":"', '"')
  }),
  reply: (to, from, now, content) => `{"ToUserName":"${to}","FromUserName":"${from}","CreateTime":${now},"MsgType":"text","Content":"${content}"}`,
  answer: (encrypted, signature, timestamp, nonce) => `{"encrypt":"${encrypted}","msgsignature":"${signature}","timestamp":"${timestamp}","nonce":"${nonce}"}`
}
