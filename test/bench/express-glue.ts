import { createServer } from 'node:http'
import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import express from 'express-4'
import { parseStringPromise } from 'xml2js'
import { PATH, SETTINGS } from './messages.js'
import { listen, SHORT_REPLY, type StartServer } from './served.js'

const { token, encodingAESKey, receiveId } = SETTINGS

/** What people write today: Express 4, the body as text, @wecom/crypto, and xml2js or JSON.parse. */
export const startExpressGlue: StartServer = async ({ format, short }, port) => {
  const { parse, contentType, encryptedName, write, wrap } = format === 'xml' ? xml : json
  const app = express()
  app.use(express.text({ type: '*/*', limit: '256kb' }))
  app.post(PATH, async (request, response, next) => {
    try {
      const { msg_signature: signature, timestamp, nonce } = request.query as Record<string, string>
      const encrypted = (await parse(request.body))[encryptedName]!
      if (getSignature(token, timestamp!, nonce!, encrypted) !== signature) {
        response.status(401).end()
        return
      }
      const { message, id } = decrypt(encodingAESKey, encrypted)
      if (id !== receiveId) {
        response.status(400).end()
        return
      }
      const fields = await parse(message)
      const reply = write({
        ToUserName: fields.FromUserName!,
        FromUserName: fields.ToUserName!,
        CreateTime: Math.floor(Date.now() / 1000),
        MsgType: 'text',
        Content: short ? SHORT_REPLY : fields.Content!
      })
      const sealed = encrypt(encodingAESKey, reply, receiveId)
      const now = String(Math.floor(Date.now() / 1000))
      response.type(contentType).send(wrap(sealed, getSignature(token, now, nonce!, sealed), now, nonce!))
    } catch (error) {
      next(error)
    }
  })
  return await listen(createServer(app), port)
}

interface ReplyFields { ToUserName: string, FromUserName: string, CreateTime: number, MsgType: string, Content: string }

interface Form {
  contentType: string
  encryptedName: string
  parse (text: string): Promise<Record<string, string>>
  write (reply: ReplyFields): string
  wrap (encrypted: string, signature: string, timestamp: string, nonce: string): string
}

const xml: Form = {
  contentType: 'application/xml',
  encryptedName: 'Encrypt',
  parse: async text => (await parseStringPromise(text, { explicitArray: false })).xml,
  write: reply => `<xml><ToUserName><![CDATA[${reply.ToUserName}]]></ToUserName><FromUserName><![CDATA[${reply.FromUserName}]]></FromUserName><CreateTime>${reply.CreateTime}</CreateTime><MsgType><![CDATA[${reply.MsgType}]]></MsgType><Content><![CDATA[${reply.Content}]]></Content></xml>`,
  wrap: (encrypted, signature, timestamp, nonce) => `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`
}

const json: Form = {
  contentType: 'application/json',
  encryptedName: 'encrypt',
  parse: async text => JSON.parse(text),
  write: reply => JSON.stringify(reply),
  wrap: (encrypt, msgsignature, timestamp, nonce) => JSON.stringify({ encrypt, msgsignature, timestamp, nonce })
}
