import { createHash, randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { FastifyBaseLogger } from 'fastify'
import { bullmqInbox, createInboxWorker, type BullmqInbox, type BullmqInboxOptions, type InboxHandler, type InboxMessage, type InboxOutcome, type InboxWorker, type InboxWorkerOptions } from '../../src/bullmq/index.js'
import type { RedisServer } from '../support/redis-server.js'

/** A digest, as run keys are. */
export function keyOf (text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** A contact that was created, as the server passes it on. */
export function contactMessage (id: string, name = '张三', key = keyOf(id)): InboxMessage {
  const plaintext = '<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1403610513</CreateTime>' +
    `<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_contact]]></Event><ChangeType>create_user</ChangeType><UserID><![CDATA[${id}]]></UserID><Name><![CDATA[${name}]]></Name></xml>`
  return inboxMessage(key, 'event.change_contact.create_user', plaintext)
}

/** Whose contact it is. */
export function userOf (message: object): unknown {
  return (message as { UserID?: unknown }).UserID
}

/** What somebody wrote. */
export function textMessage (id: string, content: string, key = keyOf(id)): InboxMessage {
  return inboxMessage(key, 'text', '<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1348831860</CreateTime>' +
    `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${id}</MsgId><AgentID>218</AgentID></xml>`)
}

function inboxMessage (key: string, kind: InboxMessage['kind'], plaintext: string): InboxMessage {
  return {
    key,
    kind,
    plaintext,
    format: 'xml',
    envelopeFormat: 'xml',
    receiveId: 'ww1234567890abcdef',
    toUserName: 'ww1234567890abcdef',
    agentId: undefined,
    credentialName: 'contacts',
    params: { tenant: 'acme' },
    query: { msg_signature: 'f00d', timestamp: '1403610513', nonce: '263014780' },
    timestamp: '1403610513',
    nonce: '263014780'
  }
}

export const ENCRYPTION_KEY = randomBytes(32)

/** An inbox that is closed when the test ends; trouble is silent unless asked for. */
export function openInbox (redis: RedisServer, options: Partial<BullmqInboxOptions> = {}): BullmqInbox {
  const inbox = bullmqInbox({ connection: { host: '127.0.0.1', port: redis.port }, encryptionKey: ENCRYPTION_KEY, onError: () => {}, ...options })
  onTestFinished(async () => { await inbox.close() })
  return inbox
}

export interface WatchedWorker extends InboxWorker {
  outcomes: InboxOutcome[]
  lines: Array<{ level: string, fields: Record<string, unknown>, msg: string }>
}

/** A worker that is closed when the test ends and remembers what it logged. */
export function startWorker (redis: RedisServer, handler: InboxHandler, options: Partial<InboxWorkerOptions> = {}): WatchedWorker {
  const outcomes: InboxOutcome[] = []
  const lines: WatchedWorker['lines'] = []
  const worker = createInboxWorker(handler, {
    connection: { host: '127.0.0.1', port: redis.port },
    encryptionKey: ENCRYPTION_KEY,
    closeGrace: 1_000,
    log: recordingLog(lines),
    onOutcome: outcome => { outcomes.push(outcome) },
    ...options
  })
  onTestFinished(async () => { await worker.close() })
  return Object.assign(worker, { outcomes, lines })
}

function recordingLog (lines: WatchedWorker['lines'], bindings: object = {}): FastifyBaseLogger {
  const writer = (level: string) => (fields: unknown, msg?: string): void => {
    lines.push(typeof fields === 'string' ? { level, fields: { ...bindings }, msg: fields } : { level, fields: { ...bindings, ...fields as object }, msg: msg ?? '' })
  }
  return {
    level: 'trace',
    fatal: writer('fatal'),
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    trace: writer('trace'),
    silent: () => {},
    child: more => recordingLog(lines, { ...bindings, ...more })
  }
}

/** Waits until it holds; fails with the last value where it does not. */
export async function eventually<T> (probe: () => T | Promise<T>, holds: (value: T) => boolean, timeout = 10_000): Promise<T> {
  const deadline = Date.now() + timeout
  for (;;) {
    const value = await probe()
    if (holds(value)) return value
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${timeout} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
