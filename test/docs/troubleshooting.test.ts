import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WECOM_ERRORS } from '../../src/errors.js'
import wecom from '../../src/index.js'
import { root } from '../support/compile.js'
import { send } from '../support/http.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import type { LogLine } from '../support/server.js'
import { blocksOf } from './page.js'

const PAGE = 'docs/troubleshooting.md'
const settings = newSettings('ww1234567890abcdef')
const log: LogLine[] = []
const app = Fastify({ logger: { stream: { write: (line: string) => { log.push(JSON.parse(line) as LogLine) } } } })

/** What goes wrong on the page. */
beforeAll(async () => {
  await app.register(wecom, {
    path: '/wecom',
    credentials: settings,
    async handler (request, reply) {
      const { Content } = request.wecomMessage as unknown as { Content: string }
      if (Content === 'throws') throw new Error('the database is away')
      if (Content === 'sends') return await reply.send('你好')
      // TypeScript would not let it.
      return '你好' as never
    }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  await send(port, { query: signEcho({ ...settings, token: 'another' }, '1') })
  await send(port, { query: signEcho({ ...settings, receiveId: 'ww0000000000000000' }, '1') })
  await send(port, { body: 'x'.repeat(262_145) })
  await send(port, { body: 'x', headers: { 'content-encoding': 'gzip' } })
  for (const content of ['throws', 'sends', 'returns']) {
    await send(port, signMessage(settings, `<xml><ToUserName><![CDATA[${settings.receiveId}]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1767168000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${content}</MsgId></xml>`))
  }
})

afterAll(async () => { await app.close() })

describe('docs/troubleshooting.md', () => {
  test.each(blocksOf(PAGE, 'json').map(code => [code.trim()]))('shows a line that is logged: %s', code => {
    const shown = JSON.parse(code) as Record<string, unknown>
    expect(log).toContainEqual(expect.objectContaining({ ...shown, msg: beginning(shown.msg as string) }))
  })

  test.each(blocksOf(PAGE, 'text').flatMap(block => block.trim().split('\n').map(line => [line])))('knows the line: %s', line => {
    expect(sources()).toContain(line.replace('5000 ms', '$' + '{lease} ms'))
  })
})

describe.each([PAGE, 'docs/zh-CN/troubleshooting.md', 'docs/deployment.md', 'docs/zh-CN/deployment.md'])('%s', file => {
  const page = readFileSync(`${root}/${file}`, 'utf8')

  test('names no code that there is not', () => {
    const known = [...Object.keys(WECOM_ERRORS), 'WECOM_MESSAGE_DAMAGED', 'WECOM_SHORT_DURATION']
    const variables = /^WECOM_(TOKEN|ENCODING_AES_KEY|RECEIVE_ID|CORP_ID|CORP_SECRET|AGENT_ID|ENCRYPTION_KEY)$/
    expect([...new Set(page.match(/WECOM_[A-Z0-9_]+/g))].filter(code => !known.includes(code) && !variables.test(code))).toEqual([])
  })

  test('tells the status of each code as it is', () => {
    for (const [, status, codes] of page.matchAll(/^\| (\d{3}) \| ((?:`WECOM_\w+`(?:, |、)?)+) \|/gm)) {
      for (const [code] of (codes as string).matchAll(/WECOM_\w+/g)) expect([code, WECOM_ERRORS[code as keyof typeof WECOM_ERRORS].statusCode]).toEqual([code, Number(status)])
    }
  })
})

/** An ellipsis stands for the rest of a text. */
function beginning (text: string): unknown {
  return text.endsWith(' …') ? expect.stringContaining(text.slice(0, -2)) : text
}

/** All of src, its texts that go on in a further line in one piece. */
function sources (): string {
  const files = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts') && !/generated|playground/.test(name))
  return files.map(name => readFileSync(`${root}/src/${name}`, 'utf8')).join('\n').replace(/['`] \+\s+['`]/g, '')
}
