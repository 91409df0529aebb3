import { expect } from 'vitest'
import type { WecomErrorCode } from '../../src/index.js'
import type { Answer } from '../support/http.js'
import { send } from '../support/http.js'
import { expectNoSecrets, expectRefusal, mark } from '../support/refusal.js'
import { signEcho, signMessage, type Settings } from '../support/requests.js'
import { complaints, type ObservedServer } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

/** All hostile vectors seal one of few messages; these pieces of them have no business in a log. */
const PLAINTEXT = ['你好', '<Content>', '<MsgType>', '"Content"', '"MsgType"']

type Mark = ReturnType<typeof mark>

/** The handler saw exactly this, and the log has nothing to complain of. */
export function expectAccepted (server: ObservedServer, since: Mark, { status, body }: Answer, settings: Settings, expected: { seen?: string, echo?: string }): void {
  expect({ status, body }).toEqual({ status: 200, body: expected.echo ?? '' })
  expect(server.seen.slice(since.seen).map(({ plaintext }) => plaintext)).toEqual(expected.seen === undefined ? [] : [expected.seen])
  const log = server.log.slice(since.log)
  expect(complaints(log)).toEqual([])
  expectNoSecrets(log, secretsOf(settings))
}

export function expectHostileRefused (server: ObservedServer, since: Mark, answer: Answer, settings: Settings, code: WecomErrorCode): void {
  expectRefusal(server, since, answer, { status: STATUS[code] ?? 400, code, secrets: secretsOf(settings) })
}

const STATUS: Partial<Record<WecomErrorCode, number>> = { WECOM_SIGNATURE_MISMATCH: 401, WECOM_BODY_TOO_LARGE: 413 }

/** A good message and a good verification are answered within a second each. */
export async function expectAlive (server: ObservedServer, settings: Settings): Promise<void> {
  const message = xmlMessage('still there?', settings.receiveId)
  expect((await withinASecond(send(server.port, signMessage(settings, message)))).status).toBe(200)
  expect(server.seen.at(-1)?.plaintext).toBe(message)
  expect(await withinASecond(send(server.port, { query: signEcho(settings, '4561255354251345929') }))).toMatchObject({ status: 200, body: '4561255354251345929' })
}

export async function withinASecond<T> (work: Promise<T>): Promise<T> {
  const [begin, used] = [performance.now(), process.cpuUsage()]
  const result = await work
  // The processor's second, as a busy machine may stand still for longer; and in any case while WeCom waits.
  const { user, system } = process.cpuUsage(used)
  expect(user + system).toBeLessThan(1_000_000)
  expect(performance.now() - begin).toBeLessThan(5_000)
  return result
}

function secretsOf ({ token, encodingAESKey }: Settings): string[] {
  return [token, encodingAESKey, ...PLAINTEXT]
}
