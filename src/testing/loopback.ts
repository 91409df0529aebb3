import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LoopbackServer {
  /** `http://127.0.0.1:…` */
  readonly origin: string
  /** Cuts what is under way. */
  close (): Promise<void>
}

/** A real HTTP server on a free port of loopback, which keeps no process alive. */
export async function listenOnLoopback (listener: RequestListener): Promise<LoopbackServer> {
  const server = createServer(listener).listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise(resolve => { server.close(resolve) })
      server.closeAllConnections()
      await closed
    }
  }
}
