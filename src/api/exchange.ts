import { stripErrorDetails } from '../support/strip-error-details.js'

/** What came back. */
export interface Exchanged {
  status: number
  text: string
}

/** No answer, or half of one. */
export class NetworkFault extends Error {
  /** Whether the request may have left this machine. */
  readonly sent: boolean

  constructor (reason: string, sent: boolean, cause: unknown) {
    super(reason, { cause })
    this.sent = sent
  }
}

/**
 * One HTTP request. A redirect is an answer like any other: followed, it would carry the token to somebody else.
 *
 * @throws NetworkFault, or the reason of `signal`
 */
export async function exchange (
  url: URL, body: string | undefined, timeout: number, signal: AbortSignal | undefined
): Promise<Exchanged> {
  signal?.throwIfAborted()
  const controller = new AbortController()
  const giveUp = (): void => { controller.abort() }
  // Not AbortSignal.any: on Node.js 20 it keeps what it was made of alive as long as the caller's signal lives.
  signal?.addEventListener('abort', giveUp, { once: true })
  const timer = setTimeout(giveUp, timeout)
  try {
    const response = await fetch(url, {
      signal: controller.signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    signal?.throwIfAborted()
    if (controller.signal.aborted) throw new NetworkFault(`no answer within ${timeout} ms`, true, undefined)
    throw faultOf(error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** fetch hides the reason in the cause, which alone is kept: the error around it may name the URL. */
function faultOf (error: unknown): NetworkFault {
  const reason = error instanceof Error ? error.cause : undefined
  const bare = stripErrorDetails(reason ?? new Error('fetch failed'))
  const { code = 'a network fault' } = bare
  const { syscall } = Object(reason) as { syscall?: unknown }
  const sent = !(syscall === 'connect' || syscall === 'getaddrinfo' || UNSENT.test(code))
  return new NetworkFault(sent ? `${code} before the whole answer` : `${code}: no connection`, sent, bare)
}

/** Codes of what fails before a request leaves: no address, nobody there, no trust. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(NET|HOST)UNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS.*|.*(CERT|ISSUER|LEAF).*)$/
