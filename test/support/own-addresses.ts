import { networkInterfaces } from 'node:os'

/** What others reach this machine by: who connects to one of them comes from it, and not from loopback. None where there is no network. */
export function ownAddresses (): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, all = []]) => all.filter(({ internal }) => !internal)
    .map(({ address, scopeid }) => scopeid === undefined || scopeid === 0 ? address : `${address}%${name}`))
}
