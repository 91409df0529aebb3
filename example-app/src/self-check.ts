import { sample, wecomClient } from 'fastify-wecom/testing'
import type { Settings } from './settings.js'

/** Acts as WeCom over HTTP: verifies the URL, then sends an encrypted message and decrypts the reply. */
export async function selfCheck (origin: string, { path, token, encodingAESKey, receiveId }: Settings): Promise<void> {
  const wecom = wecomClient({ url: origin + path, credentials: { token, encodingAESKey, receiveId } })

  const verified = await wecom.verify()
  if (!verified.ok) throw new Error(`URL verification failed: status ${verified.status}`)
  console.log(`  → GET  ${path}?…&echostr=…   URL verified: answered ${verified.raw}`)

  console.log(`  → POST ${path}?…   <xml><Encrypt>…</Encrypt></xml>`)
  const reply = await wecom.send(sample('text', { ToUserName: receiveId, Content: '你好 hello 👋' }))
  const [problem] = reply.problems
  if (problem !== undefined) throw new Error(`the reply is not as WeCom wants it: ${problem.text}`)
  console.log(`  ← ${reply.status}, decrypted  ${reply.plaintext}`)
}
