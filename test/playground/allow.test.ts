import { describe, expect, test } from 'vitest'
import type { PlaygroundOptions } from '../../src/playground/index.js'
import { createRemoteCheck, isPrivate } from '../../src/playground/remote.js'
import { ownAddresses } from '../support/own-addresses.js'
import { enter, KEY, play, raw, startApp, type RawRequest } from './app.js'

const GATEWAY = '172.17.0.1'

const own = ownAddresses()
const host = own.some(address => address.includes(':')) ? '::' : '0.0.0.0'

describe('over the network', () => {
  test.each(own)('who comes from %s, an address of this machine that is no loopback address, is refused, and the log names it', async address => {
    const { port, log } = await startApp({ host })
    expect(await raw(port, { host: address })).toMatchObject({ status: 403, body: '' })
    const reasons = log.filter(({ level }) => level === 40).map(line => line.reason)
    expect(reasons).toEqual([expect.toSatisfy((reason: string) => reason.includes(address) && reason.endsWith('see the option allow'))])
  })

  // As the log writes it: whoever follows its advice copies it from there.
  test.each(own.filter(address => isPrivate(address)).flatMap(address => address.includes(':') ? [address] : [address, `::ffff:${address}`]))('%s that is allowed opens the page and plays', async allowed => {
    const { port } = await startApp({ host, allow: [allowed] })
    const address = allowed.replace('::ffff:', '')
    const cookie = (await raw(port, { host: address })).headers['set-cookie']?.[0]?.split(';')[0] as string
    const answer = await raw(port, { host: address, method: 'POST', path: '/playground/api/play', headers: { cookie, origin: `http://localhost:${port}`, 'content-type': 'application/json' }, body: '{"messages":[{"key":"text","fields":{"Content":"hi"}}]}' })
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('你说：hi') as string })
    // The other walls are where they were.
    expect((await raw(port, { host: address, path: '/playground' })).status).toBe(403)
    expect((await raw(port, { host: address, headers: { host: address.includes(':') ? `[${address.replace(/%.*/, '')}]:${port}` : `${address}:${port}` } })).status).toBe(403)
    for (const other of own.filter(other => other !== address)) expect((await raw(port, { host: other })).status, other).toBe(403)
    expect((await raw(port, {})).status).toBe(200)
  })
})

/** An app in a container: what comes from 127.0.0.2 comes from the container's gateway, as a published port does. */
async function startInContainer (options: Partial<PlaygroundOptions> = {}, gateway = GATEWAY) {
  const running = await startApp(options)
  running.app.server.prependListener('connection', socket => {
    if (socket.remoteAddress === '127.0.0.2') Object.defineProperty(socket, 'remoteAddress', { value: gateway })
  })
  return running
}

const through = (request: RawRequest = {}): RawRequest => ({ ...request, localAddress: '127.0.0.2' })

describe('allow', () => {
  test('without it the gateway of a container is refused, and the log says from where and what to do', async () => {
    const { port, log } = await startInContainer()
    expect(await raw(port, through())).toMatchObject({ status: 403, body: '' })
    expect((await raw(port, {})).status).toBe(200)
    expect(log.filter(({ level }) => level === 40).map(line => line.reason)).toEqual(['it comes from 172.17.0.1, which is not this machine; if that is the gateway of this container, see the option allow'])
  })

  test.each([GATEWAY, `::ffff:${GATEWAY}`])('the page opens and plays through the gateway %s, under whatever port it is published', async remote => {
    const { port } = await startInContainer({ allow: [GATEWAY] }, remote)
    const headers = { host: 'localhost:8080' }
    const page = await raw(port, through({ headers, path: `/playground?key=${KEY}` }))
    expect(page.status).toBe(200)
    const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] as string
    const answer = await raw(port, through({ method: 'POST', path: '/playground/api/play', headers: { ...headers, cookie, origin: 'http://localhost:8080', 'content-type': 'application/json' }, body: '{"messages":[{"key":"text","fields":{"Content":"hi"}}]}' }))
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('你说：hi') as string })
  })

  test.each<[string, RawRequest, RegExp]>([
    ['no key', { path: '/playground' }, /neither the key/],
    ['a wrong key', { path: `/playground?key=${KEY}x` }, /neither the key/],
    ['a header that says it was forwarded', { headers: { 'x-forwarded-for': GATEWAY } }, /it was forwarded/],
    ['the Host of a tunnel', { headers: { host: 'my.ngrok.app' } }, /its Host/],
    ['the Host of another machine of the network', { headers: { host: '192.168.1.7:3000' } }, /its Host/],
    ['the gateway as Host', { headers: { host: `${GATEWAY}:3000` } }, /its Host/],
    ['a POST of another site', { method: 'POST', path: '/playground/api/play', headers: { origin: 'https://evil.example' } }, /its Origin/]
  ])('every other wall stays: %s', async (_name, request, reason) => {
    const { port, log } = await startInContainer({ allow: [GATEWAY] })
    expect(await raw(port, through(request))).toMatchObject({ status: 403, body: '' })
    expect(log.filter(({ level }) => level === 40).map(line => line.reason)).toEqual([expect.stringMatching(reason)])
  })

  test.each(['172.17.0.2', '172.17.0.10', '172.18.0.1', '10.0.0.1', 'fe80::1'])('%s, which is another address, stays outside', async remote => {
    const { port } = await startInContainer({ allow: [GATEWAY] }, remote)
    expect((await raw(port, through())).status).toBe(403)
  })

  test('this machine still comes in', async () => {
    const { port } = await startInContainer({ allow: [GATEWAY] })
    const cookie = await enter(port)
    expect(await play(port, cookie, { messages: [] })).toContainEqual({ type: 'end' })
  })

  test.each([
    [['172.16.0.0/12'], '"172.16.0.0/12"'], [['host.docker.internal'], '"host.docker.internal"'], [['8.8.8.8'], '"8.8.8.8"'], [['0.0.0.0'], '"0.0.0.0"'], [['::'], '"::"'], [['2001:db8::1'], '"2001:db8::1"'],
    [[''], '""'], [[1], 'number'], ['172.17.0.1', '"172.17.0.1"'], [true, 'boolean'], [null, 'null']
  ])('%j is refused at the start', async (allow, shown) => {
    await expect(startApp({ allow: allow as string[] })).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(`expected allow to be a list of private IP addresses, as ['172.17.0.1'], got ${shown}`) as string })
  })
})

describe('the parts', () => {
  test.each(['10.1.2.3', '172.16.0.1', '172.31.255.254', '192.168.65.1', '100.64.0.1', '169.254.1.1', 'fd00::1', 'fe80::1', '127.0.0.1', '::1', '::ffff:10.0.0.1'])('%s is private', address => { expect(isPrivate(address)).toBe(true) })
  test.each(['172.15.0.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '9.255.255.255', '::', 'fec0::1', '::ffff:8.8.8.8', '10.0.0.1/8', 'localhost', ''])('%s is not', address => { expect(isPrivate(address)).toBe(false) })

  test('an address is the same however it is written, and its interface does not count', () => {
    const isNear = createRemoteCheck(['fd00:0:0::1', 'fe80::1', '::ffff:10.0.0.1'])
    expect(['fd00::1', 'fe80::1%eth0', '10.0.0.1', '::FFFF:10.0.0.1', 'fd00::2', '10.0.0.2', undefined, 'fd00'].map(isNear)).toEqual([true, true, true, true, false, false, false, false])
  })
})
