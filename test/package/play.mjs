// Plays WeCom against examples over HTTP and prints what came back, a line for each. Runs in the consumer project.
import { once } from 'node:events'
import { createWecomCrypto } from 'fastify-wecom/crypto'
import { attack } from './hostile.mjs'

const { WECOM_TOKEN: token, WECOM_ENCODING_AES_KEY: encodingAESKey, WECOM_RECEIVE_ID: receiveId } = process.env
const crypto = createWecomCrypto({ token, encodingAESKey, receiveId })

const element = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1]

function seal (text) {
  const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(crypto.encryptMessage(text, { format: 'json' }))
  return { encrypt, query: new URLSearchParams({ msg_signature: msgsignature, timestamp, nonce }) }
}

async function play (file, subject) {
  const server = subject.server ?? subject
  if (!server.listening) await (subject.listen.length === 0 || subject.server ? subject.listen({ port: 0 }) : once(server, 'listening'))
  const path = subject.printRoutes?.({ commonPrefix: false }).includes(':corpId') ? `/wecom/${receiveId}` : '/wecom/callback'
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
for (const file of process.argv.slice(2)) plays.push(play(file, (await import(file)).subject))
await Promise.all(plays)
process.exit(0)
