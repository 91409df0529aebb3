import type { ServerResponse } from 'node:http'

/** Takes the response out of the hands of a route, and gives it back. */
export interface MutedResponse {
  /**
   * From now on what a route, a middleware or Express' own error handler does to the response changes nothing and
   * throws nothing; what they would have sent goes to `send`.
   */
  mute (send: (payload: unknown) => void): void
  /** From now on no header seems to be sent: Express closes the connection of an error that comes after headers. */
  hideHeaders (): void
  /** As it was before any `mute`, and before what was put upon it since. */
  restore (): void
}

const NAMES = [
  'send', 'json', 'end', 'write', 'writeHead', 'setHeader', 'setHeaders', 'appendHeader', 'removeHeader',
  'flushHeaders', 'headersSent'
] as const

export function muteResponse (response: ServerResponse): MutedResponse {
  const before = NAMES.map(name => [name, Object.getOwnPropertyDescriptor(response, name)] as const)
  let takes = (_payload: unknown): void => {}
  let sent = false

  const nothing = (): ServerResponse => response
  const send = (payload?: unknown): ServerResponse => {
    // A pipe ends a response once; Express' own send() ends it again after a HEAD.
    if (!sent) { sent = true; takes(payload) }
    return response
  }
  const end = (...args: unknown[]): ServerResponse => {
    const done = args.findLast(arg => typeof arg === 'function')
    if (done !== undefined) queueMicrotask(done as () => void)
    return send(typeof args[0] === 'function' ? undefined : args[0])
  }
  const muted = {
    send,
    json: send,
    end,
    write: () => true,
    writeHead (statusCode: number) { response.statusCode = statusCode; return response },
    setHeader: nothing,
    setHeaders: nothing,
    appendHeader: nothing,
    removeHeader: nothing,
    flushHeaders: nothing
  }

  return {
    mute (send) {
      takes = send
      sent = false
      Object.assign(response, muted)
    },
    hideHeaders () {
      Object.defineProperty(response, 'headersSent', { value: false, configurable: true, writable: true })
    },
    restore () {
      for (const [name, descriptor] of before) {
        if (descriptor === undefined) delete (response as unknown as Record<string, unknown>)[name]
        else Object.defineProperty(response, name, descriptor)
      }
    }
  }
}
