import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { acknowledgeOnly } from '../core/enqueue.js'
import { optionInvalid } from '../support/options.js'
import type { Log } from '../telemetry/log.js'
import { closeDoor, openDoor, type DoorOptions } from './door.js'
import { exchange, handlerStarter } from './exchange.js'

/** What `createWecomListener` takes. Durations are in milliseconds. */
export interface WecomListenerOptions<L extends Log = Log> extends DoorOptions<L> {}

/** A listener for the `request` event of a server. */
export interface WecomListener {
  (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void
  /**
   * Before the server closes: new requests get 503, running handlers have `closeGrace` to end, what waits is answered,
   * then the store and the inbox are closed. Calling it again waits for the same end.
   */
  close (): Promise<void>
}

/**
 * Receives WeCom's callbacks on node:http, node:https, the compatibility API of node:http2, or Connect: GET verifies
 * the URL, POST brings a message to the handler, once and in time, and its reply goes back encrypted. Every request
 * that reaches it is taken for the callback's: which path that is, is the server's matter.
 *
 * @example
 * ```ts
 * const listener = createWecomListener({ credentials, handler: message => text('你好') })
 * const server = createServer(listener).listen(3000)
 * process.once('SIGTERM', async () => { await listener.close(); server.close() })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function createWecomListener<L extends Log = Log> (options: WecomListenerOptions<L>): WecomListener {
  const door = openDoor('createWecomListener', options)
  const starter = handlerStarter(options.handler ?? handlerless(options))
  return Object.assign(
    (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => {
      exchange(door, { request, response, mount: mountOf(request) }, starter)
    },
    {
      close: async () => {
        await closeDoor(door)
      }
    }
  )
}

function handlerless ({ inbox }: Pick<DoorOptions, 'inbox'>): typeof acknowledgeOnly {
  if (inbox !== undefined) return acknowledgeOnly
  throw optionInvalid('a handler', 'none', 'Give a function of (message, context), or what createRouter() returned.')
}

/** What Connect has cut off the URL; `undefined` where nothing says. */
function mountOf ({
  url = '',
  originalUrl
}: (IncomingMessage | Http2ServerRequest) & { originalUrl?: unknown }): string | undefined {
  return typeof originalUrl !== 'string'
    ? undefined
    : originalUrl.slice(0, Math.max(0, pathOf(originalUrl).length - pathOf(url).length))
}

function pathOf (url: string): string {
  return url.split('?', 1)[0] ?? ''
}
