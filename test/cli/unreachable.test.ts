import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net'
import { describe, expect, test, type TestContext } from 'vitest'
import { runCli, settingsEnv } from './run.js'

interface Report { ok: boolean, faults: Array<{ code: string, what: string, fix: string }> }

type Ending = TestContext['onTestFinished']

async function listening (onTestFinished: Ending, server: Server & { closeAllConnections?: () => void }): Promise<number> {
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  onTestFinished(() => {
    server.closeAllConnections?.()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const http = async (end: Ending, listener: RequestListener) => `http://127.0.0.1:${await listening(end, createServer(listener))}/`
const secure = async (end: Ending) => {
  const pem = readFileSync(new URL('self-signed.pem', import.meta.url))
  return await listening(end, createHttps({ cert: pem, key: pem }, (_request, response) => { response.end('ok') }))
}
const huge: RequestListener = (_request, response) => { response.end('x'.repeat(10 * 1024 * 1024)) }

const CASES: Array<[name: string, url: (end: Ending) => Promise<string>, code: string, says: RegExp]> = [
  ['a closed port', async () => 'http://127.0.0.1:1/', 'unreachable', /nothing listens at 127\.0\.0\.1:1/i],
  ['an unknown host', async () => 'http://no-such-host.invalid/', 'unreachable', /no-such-host\.invalid has no address/],
  ['a server that hangs', async end => await http(end, () => {}), 'unreachable', /connection opens, but no request is answered/],
  ['a socket that hangs up', async end => `http://127.0.0.1:${await listening(end, createTcp(socket => { socket.destroy() }))}/`, 'unreachable', /broke off/],
  ['a service that is no HTTP', async end => `http://127.0.0.1:${await listening(end, createTcp(socket => { socket.on('error', () => {}); socket.end('SSH-2.0-OpenSSH_9.6\r\n') }))}/`, 'unreachable', /no HTTP/],
  ['a self-signed certificate', async end => `https://127.0.0.1:${await secure(end)}/`, 'tls', /self-signed/],
  ['HTTP where HTTPS is asked for', async end => (await http(end, (_request, response) => { response.end() })).replace('http:', 'https:'), 'tls', /does not speak TLS|handshake/],
  ['HTTPS where HTTP is asked for', async end => `http://127.0.0.1:${await secure(end)}/`, 'unreachable', /broke off|no HTTP/],
  ['an HTML page', async end => await http(end, (_request, response) => { response.end('<!doctype html><title>x</title>') }), 'not-found', /HTML/],
  ['an answer of 10 MB', async end => await http(end, huge), 'not-found', /larger than 8 MB/],
  ['an answer that drips for ever', async end => await http(end, (_request, response) => { const timer = setInterval(() => response.write('x'), 50); response.on('close', () => { clearInterval(timer) }) }), 'unreachable', /no request is answered/]
]

/** A second or two, and what a busy machine takes to start a dozen processes at once. What drips would never end. */
const inTime = 20_000

describe('within its time-out, with cause and cure and without a stack trace', () => {
  test.concurrent.for(CASES)('doctor tells %s', async ([_name, url, code, says], { onTestFinished }) => {
    const { code: exit, out, err, ms } = await runCli(['doctor', await url(onTestFinished), '--json', '--timeout', '1000'], { env: settingsEnv })
    const { ok, faults } = JSON.parse(out) as Report
    expect(faults[0]?.code, out).toBe(code)
    expect(faults[0]?.what).toMatch(says)
    expect(faults[0]?.fix.length).toBeGreaterThan(20)
    expect({ exit, ok }).toEqual({ exit: 1, ok: false })
    expect(out + err).not.toMatch(/^\s+at /m)
    expect(ms).toBeLessThan(inTime)
  })

  test.concurrent.for(CASES)('simulate tells %s', async ([_name, url], { onTestFinished }) => {
    const { code: exit, out, err, ms } = await runCli(['simulate', await url(onTestFinished), '--no-verify', '--timeout', '500', '--retries', '1'], { env: settingsEnv })
    expect(exit).toBe(1)
    expect(out).toMatch(/[✗!] /)
    expect(out + err).not.toMatch(/^\s+at /m)
    expect(ms).toBeLessThan(inTime)
    expect(out.length).toBeLessThan(5000)
  })
})
