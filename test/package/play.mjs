// Plays WeCom against examples over HTTP and prints what came back, a line for each. Runs in the consumer project.
import { once } from 'node:events'
import { Server } from 'node:net'
import { createWecomCrypto } from 'fastify-wecom/crypto'
import { attack } from './hostile.mjs'

const { WECOM_TOKEN: token, WECOM_ENCODING_AES_KEY: encodingAESKey, WECOM_RECEIVE_ID: receiveId } = process.env
const crypto = createWecomCrypto({ token, encodingAESKey, receiveId })

const element = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1]

function seal (text) {
  const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(crypto.encryptMessage(text, { format: 'json' }))
  return { encrypt, query: new URLSearchParams({ msg_signature: msgsignature, timestamp, nonce }) }
}

/** Where an example starts its server, which not every one exports. */
const started = []
const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  started.push(this)
  return listen.apply(this, args)
}

/** The server of an example; one that only shows an app is started here. */
async function serverOf (app) {
  if (started.length === 0) await app.listen({ port: 0 })
  const [server] = started.splice(0)
  if (!server.listening) await once(server, 'listening')
  return server
}

async function play (file, server, app) {
  const path = app?.printRoutes({ commonPrefix: false }).includes(':corpId') ? `/wecom/${receiveId}` : '/wecom/callback'
  const url = `http://localhost:${server.address().port}${path}`
  const statuses = await attack(server.address().port, path)
  const verification = seal('1616140317555161061')
  const echo = await (await fetch(`${url}?${verification.query}&echostr=${encodeURIComponent(verification.encrypt)}`)).text()
  const { encrypt, query } = seal(`<xml><ToUserName>${receiveId}</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>subscribe</Event></xml>`)
  const text = seal(`<xml><ToUserName>${receiveId}</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content></xml>`)
  const bodies = await Promise.all([[text.encrypt, text.query], [encrypt, query]].map(async ([sealed, signed]) => {
    const response = await fetch(`${url}?${signed}`, { method: 'POST', body: `<xml><Encrypt>${sealed}</Encrypt></xml>` })
    return await response.text()
  }))
  const body = bodies.find(body => body !== '')
  const { message: reply } = crypto.decryptMessage({ signature: element(body, 'MsgSignature'), timestamp: element(body, 'TimeStamp'), nonce: element(body, 'Nonce'), body })
  const forged = (await fetch(`${url}?${query}`, { method: 'POST', body: `<xml><Encrypt>${text.encrypt}</Encrypt></xml>` })).status
  console.log(JSON.stringify({ file, echo, reply, forged, taken: statuses.filter(status => status < 300).length }))
}

const plays = []
for (const file of process.argv.slice(2)) {
  const { fastify } = await import(file)
  plays.push(play(file, await serverOf(fastify), fastify))
}
await Promise.all(plays)
process.exit(0)
