import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openRaw, send, target } from '../support/http.js'
import { CONFIDENTIAL, expectComplaint, secretsOf } from '../support/refusal.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listenForTest, type CallbackServer } from '../support/server.js'
import { standStill } from '../support/stand-still.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()
const { query, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))
const BODY_TIMEOUT = 200

function head (...headers: string[]): string {
  return [`POST ${target('/wecom', query)} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
}

function chunk (text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

const STALLS: { name: string, first: string, trickle?: string }[] = [
  { name: 'stops after its header', first: head(`Content-Length: ${body.length}`) },
  { name: 'stops before its last byte', first: head(`Content-Length: ${body.length}`) + body.slice(0, -1) },
  { name: 'stops between chunks', first: head('Transfer-Encoding: chunked') + chunk(body.slice(0, 100)) },
  { name: 'never sends the last, empty chunk', first: head('Transfer-Encoding: chunked') + chunk(body) },
  { name: 'trickles', first: head(`Content-Length: ${body.length}`), trickle: 'x' },
  { name: 'trickles in chunks', first: head('Transfer-Encoding: chunked'), trickle: chunk('x') }
]

describe.each(STALLS)('a body that $name', ({ first, trickle }) => {
  test('is 408 after bodyTimeout, and the connection ends', async () => {
    const server = await listenForTest({ credentials: settings, bodyTimeout: BODY_TIMEOUT })
    const { socket, status, ended } = await openRaw(server.port)
    const begin = performance.now()
    socket.write(first)
    if (trickle !== undefined) {
      const timer = setInterval(() => { socket.write(trickle) }, 20)
      onTestFinished(() => { clearInterval(timer) })
    }
    expect(await status).toBe(408)
    const answer = await ended
    const took = performance.now() - begin
    expect(took).toBeGreaterThan(BODY_TIMEOUT - 20)
    // And what a busy machine adds: a body that trickles would last for ever.
    expect(took).toBeLessThan(BODY_TIMEOUT + 4_000)
    expect(answer).toMatch(/\r\n\r\nRequest Timeout$/)
    await expectNothingButThat(server, 'WECOM_BODY_TIMEOUT')
  })
})

test('a body that came while the process stood still is read, though its time was over by then', async () => {
  const server = await listenForTest({ credentials: settings, bodyTimeout: BODY_TIMEOUT })
  const { socket, status } = await openRaw(server.port)
  socket.write(head(`Content-Length: ${body.length}`) + body.slice(0, -1))
  await sleep(BODY_TIMEOUT / 2)
  // Behind this Node.js runs timers first.
  await new Promise(resolve => { setImmediate(resolve) })
  socket.write(body.slice(-1))
  standStill(2 * BODY_TIMEOUT)
  expect(await status).toBe(200)
})

const BREAKS: { name: string, part: string }[] = [
  { name: 'after its header', part: head(`Content-Length: ${body.length}`) },
  { name: 'before its last byte', part: head(`Content-Length: ${body.length}`) + body.slice(0, -1) },
  { name: 'between chunks', part: head('Transfer-Encoding: chunked') + chunk(body) }
]

describe.each(BREAKS)('a body that breaks off $name', ({ part }) => {
  test.each(['destroy', 'resetAndDestroy', 'end'] as const)('by socket.%s() reaches no handler and is noted once', async how => {
    const server = await listenForTest({ credentials: settings })
    const { socket, ended } = await openRaw(server.port)
    socket.write(part)
    await until(() => server.log.some(({ msg }) => msg === 'incoming request'))
    socket[how]()
    const answer = await ended
    if (how === 'end') expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    await until(() => server.log.some(({ level }) => level >= 40))
    await expectNothingButThat(server, 'WECOM_BODY_ABORTED')
  })
})

/** One complaint, no handler, and a server that takes the whole message gladly. */
async function expectNothingButThat (server: CallbackServer, code: 'WECOM_BODY_TIMEOUT' | 'WECOM_BODY_ABORTED'): Promise<void> {
  await sleep(50)
  expect(server.seen).toEqual([])
  expectComplaint(server.log, code, secretsOf(settings))
  expect((await send(server.port, { query, body })).status).toBe(200)
  expect(server.seen).toHaveLength(1)
}

async function until (condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i++) await sleep(5)
  expect(condition(), condition.toString()).toBe(true)
}
