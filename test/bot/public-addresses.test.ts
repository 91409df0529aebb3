import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, expect, test } from 'vitest'
import { isPublicAddress, lookupPublic, PrivateAddressFault } from '../../src/bot/public-addresses.js'

test.each([
  '0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.0.1', '169.254.0.47', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1',
  '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1',
  '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '2606:4700::1%1', '', 'x'
])('%j is no public address', address => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['8.8.8.8', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '2400:3200::1'])('%s is a public address', address => {
  expect(isPublicAddress(address)).toBe(true)
})

const { lookup } = dns
afterEach(() => {
  dns.lookup = lookup
  syncBuiltinESMExports()
})

/** What a connection is told, where DNS answers so. */
async function lookedUp (answer: Error | string[], all: boolean): Promise<unknown> {
  const answerer = (_: string, __: object, done: (error: Error | null, addresses?: object[]) => void) => {
    if (answer instanceof Error) done(answer)
    else done(null, answer.map(address => ({ address, family: address.includes(':') ? 6 : 4 })))
  }
  dns.lookup = answerer as unknown as typeof lookup
  syncBuiltinESMExports()
  return await new Promise(resolve => { lookupPublic('media.example', { all }, (...told) => { resolve(told) }) })
}

test('a connection is told public addresses alone', async () => {
  expect(await lookedUp(['10.0.0.1', '8.8.8.8', '::1', '2400:3200::1'], true)).toEqual([null, [{ address: '8.8.8.8', family: 4 }, { address: '2400:3200::1', family: 6 }]])
  expect(await lookedUp(['10.0.0.1', '8.8.8.8'], false)).toEqual([null, '8.8.8.8', 4])
})

test.each([true, false])('where there are none, or no answer, it gets an error; all: %s', async all => {
  for (const addresses of [['169.254.0.47'], ['::ffff:127.0.0.1', 'fd00::1'], []]) expect(await lookedUp(addresses, all)).toEqual([expect.any(PrivateAddressFault), ''])
  const error = new Error('ENOTFOUND')
  expect(await lookedUp(error, all)).toEqual([error, ''])
})
