import { STATUS_CODES } from 'node:http'
import { expect } from 'vitest'
import type { WecomErrorCode } from '../../src/index.js'
import type { Answer } from './http.js'
import { complaints, type CallbackServer, type LogLine } from './server.js'

export interface Refusal {
  status: number
  code: WecomErrorCode
  /** Tokens, keys, pieces of plaintext: what no log line may hold. */
  secrets: readonly string[]
}

/** Notes where a server stands, so that what one request did to it can be told. */
export function mark ({ seen, log }: CallbackServer): { seen: number, log: number } {
  return { seen: seen.length, log: log.length }
}

/**
 * A request was refused as every refused request must be: no handler ran, the stranger got a status and its phrase, and the
 * log has one line that names the reason and the cure and no secret. Returns that line.
 */
export function expectRefusal (server: CallbackServer, since: { seen: number, log: number }, answer: Answer, { status, code, secrets }: Refusal, hint = ''): LogLine {
  expect(server.seen.slice(since.seen).map(({ plaintext }) => plaintext), `${hint} no handler runs`).toEqual([])
  expectStatusOnly(answer, status, hint)
  return expectComplaint(server.log.slice(since.log), code, secrets, hint)
}

/** The answer tells nothing but its status. */
export function expectStatusOnly ({ status, headers, body }: Answer, expected: number, hint = ''): void {
  expect({ status, body }, hint).toEqual({ status: expected, body: STATUS_CODES[expected] })
  const { date, connection, 'keep-alive': keepAlive, ...rest } = headers
  expect(rest, hint).toEqual({ 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) })
}

/** One line at warn or above, with a code, what was expected, what came and what to change. */
export function expectComplaint (log: readonly LogLine[], code: WecomErrorCode, secrets: readonly string[], hint = ''): LogLine {
  const [line, ...others] = complaints(log)
  expect(others, hint).toEqual([])
  expect(line?.code, `${hint} ${line?.msg}`).toBe(code)
  expect(line?.msg, hint).toMatch(/expected .+, got .+\. [A-Z].{15,}\.$/s)
  expectNoSecrets(log, secrets, hint)
  return line as LogLine
}

/** Looks into every text of every line, whatever its level. */
export function expectNoSecrets (log: readonly LogLine[], secrets: readonly string[], hint = ''): void {
  expect(secrets, 'an empty text is in every line').not.toContain('')
  const texts = log.flatMap(textsIn)
  expect(texts, 'log lines to look into').not.toEqual([])
  for (const secret of secrets) expect(texts.filter(text => text.includes(secret)), `${hint} ${secret}`).toEqual([])
}

function textsIn (value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, item]) => [name, ...textsIn(item)]) : []
}
