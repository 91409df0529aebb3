import { BlockList, isIP } from 'node:net'

/** Whether a socket's remote address is one of this machine, or one of those that were allowed. */
export function createRemoteCheck (allow: readonly string[]): (address: string | undefined) => boolean {
  const allowed = new BlockList()
  for (const address of allow) allowed.addAddress(bareOf(address), familyOf(bareOf(address)))
  return address => isLoopback(address) || has(allowed, address)
}

export function isLoopback (address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address ?? '')
}

/** Whether no route of the internet leads to it: RFC 1918, 3927, 4193, 4291, 6598, and loopback. */
export function isPrivate (address: string): boolean {
  return isLoopback(address) || has(PRIVATE, address)
}

const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10]
] as const) {
  PRIVATE.addSubnet(net, prefix)
}
for (const [net, prefix] of [['fc00::', 7], ['fe80::', 10]] as const) PRIVATE.addSubnet(net, prefix, 'ipv6')

function has (list: BlockList, address = ''): boolean {
  const bare = bareOf(address)
  return isIP(bare) !== 0 && list.check(bare, familyOf(bare))
}

/** A server that listens on `::` sees IPv4 as ::ffff:172.17.0.1; link-local addresses end with their interface. */
function bareOf (address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

function familyOf (address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
