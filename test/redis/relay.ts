import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a client and Redis, as a network does. */
export interface Relay {
  readonly port: number
  /** How many connections there have been. */
  connections (): number
  /** Ends all connections. */
  breakAll (): void
  /** From now on nothing that Redis says comes through on this connection, which stays open. */
  silence (index: number): void
  /** From now on nothing comes through, either way, and nothing gets lost, until `go`. */
  stall (): void
  go (): void
}

export async function startRelay (port: number): Promise<Relay> {
  const pairs: Array<{ client: Socket, redis: Socket }> = []
  const server = createServer(client => {
    const redis = connect(port, '127.0.0.1')
    pairs.push({ client, redis })
    client.pipe(redis).pipe(client)
    for (const [one, other] of [[client, redis], [redis, client]] as const) {
      one.on('error', () => {})
      one.on('close', () => { other.destroy() })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = (): void => { for (const { client } of pairs) client.destroy() }
  onTestFinished(() => {
    breakAll()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.length,
    breakAll,
    silence (index) {
      const pair = pairs[index]
      pair?.redis.unpipe(pair.client)
      pair?.redis.resume()
    },
    stall () {
      for (const { client, redis } of pairs) {
        client.unpipe(redis).pause()
        redis.unpipe(client).pause()
      }
    },
    go () { for (const { client, redis } of pairs) client.pipe(redis).pipe(client) }
  }
}
