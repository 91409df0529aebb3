import { lookup as resolve, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Whether an address is one of the public internet: not of this machine, this network or this cloud, whatever notation
 * hides it. Special ranges after the registries of IANA (RFC 6890, RFC 8190).
 */
export function isPublicAddress (address: string): boolean {
  switch (isIP(address)) {
    case 4: return !SPECIAL_4.check(address, 'ipv4')
    case 6: return !address.includes('%') && GLOBAL_6.check(address, 'ipv6') && !SPECIAL_6.check(address, 'ipv6')
    default: return false
  }
}

/** Not one public address stands behind a name. */
export class PrivateAddressFault extends Error {}

/**
 * Looks a name up for a connection, and gives none but public addresses. What was checked here is what is connected
 * to: a name that is looked up twice may be answered in two ways.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '')
      return
    }
    const open = addresses.filter(({ address }) => isPublicAddress(address))
    const first: LookupAddress | undefined = open[0]
    if (first === undefined) callback(new PrivateAddressFault('no public address'), '')
    else if (options.all === true) callback(null, open)
    else callback(null, first.address, first.family)
  })
}

const SPECIAL_4 = blocked('ipv4', [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '224.0.0.0/4', '240.0.0.0/4'
])

/** All that is handed out; loopback, mapped IPv4, NAT64, unique local, link-local and multicast lie outside of it. */
const GLOBAL_6 = blocked('ipv6', ['2000::/3'])

/** Inside of it: Teredo and its kin, documentation, and 6to4, which carries any IPv4 address. */
const SPECIAL_6 = blocked('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

function blocked (family: 'ipv4' | 'ipv6', subnets: string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network, prefix] = subnet.split('/') as [string, string]
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
