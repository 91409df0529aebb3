import { STATUS_CODES } from 'node:http'
import { expect } from 'vitest'
import type { WecomErrorCode } from '../../src/index.js'
import { send, type Answer, type SendOptions } from './http.js'
import type { Settings } from './requests.js'
import { complaints, type ObservedServer, type LogLine } from './server.js'

/** What tests write into messages, so that it can be looked for where it has no business. */
export const CONFIDENTIAL = '绝密 confidential'

export function secretsOf ({ token, encodingAESKey }: Settings): string[] {
  return [token, encodingAESKey, CONFIDENTIAL, '绝密', '<ToUserName>', '<Content>', '"ToUserName"', '"Content"']
}

/** What another key makes of a ciphertext is chance: mostly wrong padding, sometimes a wrong length. */
export const WRONG_KEY: readonly WecomErrorCode[] = ['WECOM_DECRYPT_FAILED', 'WECOM_PLAINTEXT_INVALID']

export interface Refusal {
  status: number
  code: WecomErrorCode | readonly WecomErrorCode[]
  /** Tokens, keys, pieces of plaintext: what no log line may hold. */
  secrets: readonly string[]
}

/** Sends a request that must be refused, and checks that it is: see expectRefusal. Returns the log line. */
export async function expectRefused (server: ObservedServer, request: SendOptions, refusal: Refusal): Promise<LogLine> {
  const since = mark(server)
  return expectRefusal(server, since, await send(server.port, request), refusal)
}

/** Notes where a server stands, so that what one request did to it can be told. */
export function mark ({ seen, log }: ObservedServer): { seen: number, log: number } {
  return { seen: seen.length, log: log.length }
}

/**
 * A request was refused as every refused request must be: no handler ran, the stranger got a status and its phrase, and the
 * log has one line that names the reason and the cure and no secret. Returns that line.
 */
export function expectRefusal (server: ObservedServer, since: { seen: number, log: number }, answer: Answer, { status, code, secrets }: Refusal): LogLine {
  expect(server.seen.slice(since.seen).map(({ plaintext }) => plaintext), 'no handler runs').toEqual([])
  expectStatusOnly(answer, status)
  return expectComplaint(server.log.slice(since.log), code, secrets)
}

/** The answer tells nothing but its status. */
export function expectStatusOnly ({ status, headers, body }: Answer, expected: number): void {
  expect({ status, body }).toEqual({ status: expected, body: STATUS_CODES[expected] })
  const { date, connection, 'keep-alive': keepAlive, ...rest } = headers
  expect(rest).toEqual({ 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) })
}

/** One line at warn or above, with a code, what was expected, what came and what to change. */
export function expectComplaint (log: readonly LogLine[], code: Refusal['code'], secrets: readonly string[]): LogLine {
  const [line, ...others] = complaints(log)
  expect(others).toEqual([])
  expect([code].flat(), line?.msg).toContain(line?.code)
  expect(line?.msg).toMatch(/expected .+, got .+\. [A-Z].{15,}\.$/s)
  expectNoSecrets(log, secrets)
  return line as LogLine
}

/** Looks into every text of every line, whatever its level. */
export function expectNoSecrets (log: readonly LogLine[], secrets: readonly string[]): void {
  expect(secrets, 'an empty text is in every line').not.toContain('')
  const texts = log.flatMap(textsIn)
  expect(texts, 'log lines to look into').not.toEqual([])
  for (const secret of secrets) expect(texts.filter(text => text.includes(secret)), secret).toEqual([])
}

function textsIn (value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, item]) => [name, ...textsIn(item)]) : []
}
