import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'
import type { FastifyInstance } from 'fastify'
import { afterAll, expect, test } from 'vitest'
import { sample, wecomClient } from '../../src/testing/index.js'
import { root } from '../support/compile.js'
import { envelope, newSettings, openReply, signEcho, signMessage } from '../support/requests.js'
import { blocksOf } from './page.js'

const PAGE = 'docs/migration.md'
const settings = newSettings()
const directory = mkdtempSync(join(root, 'test/docs/examples-'))
afterAll(() => { rmSync(directory, { recursive: true }) })

type Query = Record<'msg_signature' | 'timestamp' | 'nonce', string>

interface Library {
  verify (query: Query, echostr: string): string
  open (query: Query, from: string): string
  seal (xml: string, timestamp: string, nonce: string): string
}

for (const code of blocksOf(PAGE, 'ts')) {
  const name = /^\/\/ (\S+)$/m.exec(code)?.[1]
  const own = code.replace("'fastify-wecom/crypto'", `'${root}/src/wecom-crypto/index.ts'`).replace("'fastify-wecom'", `'${root}/src/index.ts'`)
  if (name !== undefined) writeFileSync(join(directory, name), own)
}
Object.assign(process.env, { WECOM_TOKEN: settings.token, WECOM_ENCODING_AES_KEY: settings.encodingAESKey, WECOM_RECEIVE_ID: settings.receiveId })

async function load<T> (name: string): Promise<T> {
  return await import(join(directory, name)) as T
}

test('both columns of @wecom/crypto in docs/migration.md do the same', async () => {
  const before = await load<Library>('with-wecom-crypto.ts')
  const after = await load<Library>('with-fastify-wecom.ts')
  const xml = '<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 😀]]></Content></xml>'
  const { query, body } = signMessage(settings, xml)
  const encrypted = /<Encrypt><!\[CDATA\[(.+?)\]\]>/.exec(body)?.[1] as string
  expect(before.open(query, encrypted)).toBe(xml)
  expect(after.open(query, body)).toBe(xml)
  const { echostr, ...signed } = signEcho(settings, '1616140317555161061')
  expect(after.verify(signed, echostr)).toBe(before.open(signed, echostr))
  for (const { seal } of [before, after]) expect(openReply(settings, seal(xml, query.timestamp, query.nonce), 'xml')).toMatchObject({ plaintext: xml, nonce: query.nonce })

  const forged = { ...query, msg_signature: 'f'.repeat(40) }
  expect(() => before.open(forged, encrypted)).toThrow('wrong signature')
  expect(() => after.open(forged, envelope(encrypted, 'xml', ''))).toThrow(expect.objectContaining({ code: 'WECOM_SIGNATURE_MISMATCH' }))
})

test('the plugin in their place answers', async () => {
  const { app } = await load<{ app: FastifyInstance }>('with-plugin.ts')
  const client = wecomClient({ credentials: settings, app, path: '/wecom/callback' })
  expect((await client.send(sample('text', { Content: '你好' }))).text).toBe('你说：你好')
  await app.close()
})

test.each(blocksOf(PAGE, 'js'))('the old code is JavaScript', code => {
  expect(() => new Script(code)).not.toThrow()
})
