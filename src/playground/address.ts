import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** This server as the request that came over a socket reached it: what plays WeCom goes the same way. */
export function originOf (socket: Socket & { encrypted?: boolean }): string {
  const { localAddress = '127.0.0.1', localPort = 0 } = socket
  // A URL cannot say through which interface a link-local address is reached; who listens there listens on `::`.
  const address = localAddress.includes('%') ? '::1' : localAddress
  return `${socket.encrypted === true ? 'https' : 'http'}://${hostOf(address)}:${localPort}`
}

/** What to open in a browser on this machine; `undefined` where the server doesn't listen for it. */
export function localOrigin (app: FastifyInstance): string | undefined {
  const addresses = app.addresses() as Array<AddressInfo | string | null>
  const local = addresses
    .filter(address => typeof address === 'object' && address !== null)
    .find(({ address }) => /^(127\.|0\.0\.0\.0$|::1?$)/.test(address))
  if (local === undefined) return undefined
  const host = local.address === '::' ? 'localhost' : hostOf(local.address === '0.0.0.0' ? '127.0.0.1' : local.address)
  const { https } = app.initialConfig
  return `${https === undefined || https === false ? 'http' : 'https'}://${host}:${local.port}`
}

function hostOf (address: string): string {
  const bare = address.replace(/^::ffff:(?=\d)/i, '')
  return bare.includes(':') ? `[${bare}]` : bare
}
