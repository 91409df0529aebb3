import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { CallbackContext, CreateCallbacksOptions, WecomMessage } from '../../src/core/index.js'
import { newSettings, openReply, signEcho, signMessage, type SignedRequest } from '../support/requests.js'

/** What the adapter's module has. */
export interface WebModule {
  createWebCallback (options: CreateCallbacksOptions & { handler: (message: WecomMessage, context: CallbackContext) => unknown }): {
    fetch (request: Request): Promise<Response>
    close (): Promise<void>
  }
}

const settings = newSettings()
// An object, as the package under test is another copy than src.
const text = (content: string) => ({ MsgType: 'text', Content: content })
const message = (content: string) => `<xml><ToUserName>${settings.receiveId}</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>${content}</Content><MsgId>${content}1</MsgId><AgentID>1</AgentID></xml>`
const url = (query: object) => `http://localhost/wecom?${new URLSearchParams(query as Record<string, string>)}`
const post = ({ query, body }: SignedRequest, signal?: AbortSignal) => new Request(url(query), { method: 'POST', body, ...(signal === undefined ? {} : { signal }) })

/** Some of what every adapter over the core has to do, tried with the one for the standard Request and Response. */
export function webContract (load: () => Promise<WebModule>): void {
  async function open (handler: (message: WecomMessage, context: CallbackContext) => unknown) {
    const lines: string[] = []
    const line = (_details: object, text = '') => { lines.push(text) }
    const callback = (await load()).createWebCallback({ credentials: settings, scope: '/wecom', log: { info: line, warn: line, error: line }, closeGrace: 500, handler })
    onTestFinished(async () => { await callback.close() })
    return { ...callback, lines }
  }
  async function plaintext (response: Response): Promise<string> {
    return openReply(settings, await response.text(), 'xml').plaintext
  }

  test('verifies the URL', async () => {
    const { fetch } = await open(() => '')
    const response = await fetch(new Request(url(signEcho(settings, '1616140317555161061'))))
    expect([response.status, await response.text()]).toEqual([200, '1616140317555161061'])
  })

  test('answers other methods with 405', async () => {
    const { fetch } = await open(() => '')
    expect((await fetch(new Request(url({}), { method: 'PUT', body: '' }))).status).toBe(405)
  })

  test('refuses a forged message with 401 and nothing else, and runs no handler', async () => {
    let runs = 0
    const { fetch } = await open(() => { runs++ })
    const signed = signMessage(settings, message('hi'))
    const response = await fetch(post({ ...signed, query: { ...signed.query, msg_signature: '0'.repeat(40) } }))
    expect([response.status, await response.text(), runs]).toEqual([401, 'Unauthorized', 0])
  })

  test('two requests for a message run the handler once, and each gets the reply', async () => {
    let runs = 0
    const { fetch } = await open(async () => { runs++; await sleep(50); return text('once') })
    const signed = signMessage(settings, message('hi'))
    const replies = await Promise.all([fetch(post(signed)), fetch(post(signed))])
    for (const reply of replies) expect(await plaintext(reply)).toContain('<Content><![CDATA[once]]></Content>')
    expect(runs).toBe(1)
  })

  test('the retry collects the reply when the first request has hung up', async () => {
    let runs = 0
    const { fetch } = await open(async () => { runs++; await sleep(100); return text('late') })
    const signed = signMessage(settings, message('hi'))
    const hangUp = new AbortController()
    const first = fetch(post(signed, hangUp.signal)).catch(() => undefined)
    await sleep(20)
    hangUp.abort()
    await first
    expect(await plaintext(await fetch(post(signed)))).toContain('late')
    expect(runs).toBe(1)
  })

  test('a handler that throws is answered with 500, and the retry runs it again', async () => {
    let runs = 0
    const { fetch } = await open(() => { if (++runs === 1) throw new Error('no'); return text('yes') })
    const signed = signMessage(settings, message('hi'))
    expect((await fetch(post(signed))).status).toBe(500)
    expect(await plaintext(await fetch(post(signed)))).toContain('yes')
  })

  test('a reply that WeCom would not take is a failure', async () => {
    const { fetch, lines } = await open(() => 'hello')
    expect((await fetch(post(signMessage(settings, message('hi'))))).status).toBe(500)
    expect(lines.join()).toContain("text('…')")
  })

  test('closing waits for the handler that runs, and refuses new messages with 503', async () => {
    const { fetch, close } = await open(async () => { await sleep(200); return text('done') })
    const running = fetch(post(signMessage(settings, message('one'))))
    await sleep(50)
    const closing = close()
    expect((await fetch(post(signMessage(settings, message('two'))))).status).toBe(503)
    expect(await plaintext(await running)).toContain('done')
    await closing
  })
}
