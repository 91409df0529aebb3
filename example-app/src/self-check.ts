import { createWecomCrypto } from 'fastify-wecom/crypto'
import { randomNonce, type Settings } from './settings.js'

/** Plays WeCom once over HTTP: verifies the URL, then sends an encrypted message and opens the reply. */
export async function selfCheck (origin: string, { path, token, encodingAESKey, receiveId }: Settings): Promise<void> {
  const crypto = createWecomCrypto({ token, encodingAESKey, receiveId })

  /** What WeCom puts into query and body for a text. */
  function sealed (plaintext: string) {
    const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(crypto.encryptMessage(plaintext, { format: 'json', nonce: randomNonce() }))
    return { encrypt, query: new URLSearchParams({ msg_signature: msgsignature, timestamp, nonce }) }
  }

  const verification = sealed('1616140317555161061')
  const echo = await fetch(`${origin}${path}?${verification.query}&echostr=${encodeURIComponent(verification.encrypt)}`)
  const echoed = await echo.text()
  if (echoed !== '1616140317555161061') throw new Error(`URL verification failed: status ${echo.status}`)
  console.log(`  → GET  ${path}?…&echostr=…   URL verified: answered ${echoed}`)

  const message = sealed(`<xml><ToUserName><![CDATA[${receiveId}]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>` +
    `<CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType>` +
    '<Content><![CDATA[你好 hello 👋]]></Content><MsgId>7390418264419835907</MsgId><AgentID>1000002</AgentID></xml>')
  console.log(`  → POST ${path}?…   <xml><Encrypt><![CDATA[${message.encrypt.slice(0, 24)}…]]></Encrypt></xml>`)
  const response = await fetch(`${origin}${path}?${message.query}`, {
    method: 'POST',
    body: `<xml><ToUserName><![CDATA[${receiveId}]]></ToUserName><Encrypt><![CDATA[${message.encrypt}]]></Encrypt><AgentID><![CDATA[1000002]]></AgentID></xml>`
  })
  const envelope = await response.text()
  const reply = crypto.decryptMessage({
    signature: element(envelope, 'MsgSignature'),
    timestamp: element(envelope, 'TimeStamp'),
    nonce: element(envelope, 'Nonce'),
    body: envelope
  })
  console.log(`  ← ${response.status}, decrypted  ${reply.message}`)
}

function element (xml: string, name: string): string {
  return new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1] ?? ''
}
