import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'node:http'
import { memoryStore, type AttemptStore } from '../../src/index.js'
import { openReply, signMessage, type Settings, type Style } from '../support/requests.js'

/** What one request of WeCom came to. */
export interface AttemptResult {
  /** 0: WeCom hung up. */
  status: number
  body: string
  ms: number
}

/** One request over a real socket; hangs up after `timeout` milliseconds, as WeCom does, or when that resolves. */
export async function post (url: string, query: Record<string, string>, body: string, timeout: number | Promise<unknown> = 5_000): Promise<AttemptResult> {
  const startedAt = Date.now()
  return await new Promise((resolve, reject) => {
    const leave = (): void => { outgoing.destroy(); resolve({ status: 0, body: '', ms: Date.now() - startedAt }) }
    const hangUp = typeof timeout === 'number' ? setTimeout(leave, timeout) : undefined
    if (typeof timeout !== 'number') timeout.then(leave, reject)
    const outgoing = request(`${url}?${new URLSearchParams(query).toString()}`, { method: 'POST', headers: { 'content-type': 'text/xml' } }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => {
        clearTimeout(hangUp)
        resolve({ status: response.statusCode ?? 0, body: text, ms: Date.now() - startedAt })
      })
    })
    outgoing.on('error', error => { if (outgoing.destroyed) return; clearTimeout(hangUp); reject(error) })
    outgoing.end(body)
  })
}

/** Sends a message as WeCom does: hangs up after 5 seconds and sends it again, encrypted anew, up to three more times. */
export async function deliverLikeWecom (url: string, settings: Settings, message: string | ((attempt: number) => string), { timeout = 5_000, pause = 50, retries = 3 }: { timeout?: number | Promise<unknown>, pause?: number, retries?: number } = {}): Promise<AttemptResult[]> {
  const results: AttemptResult[] = []
  for (let attempt = 1; attempt <= 1 + retries; attempt++) {
    const { query, body } = signMessage(settings, typeof message === 'string' ? message : message(attempt))
    const result = await post(url, query, body, timeout)
    results.push(result)
    if (result.status === 200) break
    await sleep(pause)
  }
  return results
}

/** A store that tells how many attempts have come to it. */
export function watchedStore (inner = memoryStore()): { store: AttemptStore, attempts: () => number } {
  let attempts = 0
  return {
    attempts: () => attempts,
    store: { async attach (...parameters) { attempts++; return await inner.attach(...parameters) } }
  }
}

/** The text of an encrypted answer; '' for the empty one. */
export function replyOf (settings: Settings, { status, body }: AttemptResult, style: Style = 'xml'): string {
  if (status !== 200) throw new Error(`status ${status}`)
  return body === '' || body === 'success' ? body : openReply(settings, body, style).plaintext
}

export function textMessage (id: string, content = 'hi'): string {
  return `<xml><ToUserName>corp</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>${content}</Content><MsgId>${id}</MsgId><AgentID>1</AgentID></xml>`
}

/** An event of the contacts: no passive reply, no id. */
export function contactEvent (userId: string): string {
  return `<xml><ToUserName>corp</ToUserName><FromUserName>sys</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>create_user</ChangeType><UserID>${userId}</UserID></xml>`
}
