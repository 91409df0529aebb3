import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import { onTestFinished } from 'vitest'
import type { Target } from '../../src/testing/index.js'
import { decryptRaw, sign } from '../support/wecom-aes.js'
import { encryptText, type Settings } from '../support/requests.js'

/** A message as a bot reads it. */
export interface Asked {
  msgid: string
  msgtype: string
  stream?: { id: string }
  [field: string]: unknown
}

/** What is answered: a reply, nothing (`''`), another status (a number), an unencrypted body, or no answer at all. */
export type Answer = object | string | number | { bare: string } | 'hang'

/** One or more servers that answer the messages of a bot by a script, good or bad, whatever this package would say to it. */
export interface ScriptedBot {
  targets: { inject: Target, HTTP: Target }
  asked: Asked[]
}

export async function scriptedBot (settings: Settings, script: (asked: Asked, number: number) => Answer | Promise<Answer>): Promise<ScriptedBot> {
  const app = Fastify({ forceCloseConnections: true })
  const asked: Asked[] = []
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
  app.post('/wecom', async (request, reply) => {
    const { nonce } = request.query as { nonce: string }
    const message = open(settings, (JSON.parse(request.body as string) as { encrypt: string }).encrypt)
    const answer = await script(message, asked.push(message) - 1)
    if (answer === 'hang') return await wait(60_000, '', { ref: false })
    if (answer === '') return ''
    if (typeof answer === 'number') return await reply.code(answer).send('no')
    if (typeof answer === 'object' && 'bare' in answer) return answer.bare
    const encrypted = encryptText(settings, typeof answer === 'string' ? answer : JSON.stringify(answer))
    const timestamp = String(Math.floor(Date.now() / 1000))
    return JSON.stringify({ encrypt: encrypted, msgsignature: sign(settings.token, timestamp, nonce, encrypted), timestamp, nonce })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => { await app.close() })
  return { asked, targets: { inject: { app, path: '/wecom' }, HTTP: { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/wecom` } } }
}

function open ({ encodingAESKey }: Settings, encrypted: string): Asked {
  const bytes = decryptRaw(encodingAESKey, encrypted)
  return JSON.parse(bytes.toString('utf8', 20, 20 + bytes.readUInt32BE(16))) as Asked
}
