import { WecomApiError } from './error.js'
import { exchange, NetworkFault, type Exchanged } from './exchange.js'
import { secretsOf, withoutSecrets } from './secrets.js'
import type { ApiAnswer, CallOptions } from './types.js'

/** One request of an endpoint. */
export interface ApiRequest {
  path: string
  body: object | undefined
  query: NonNullable<CallOptions['query']>
  signal: AbortSignal | undefined
}

/** Makes one request, and reads WeCom's answer. */
export type Requester = (request: ApiRequest) => Promise<ApiAnswer & Record<string, unknown>>

/** @param baseUrl checked */
export function createRequester (baseUrl: URL, timeout: number): Requester {
  const base = `${baseUrl.origin}${baseUrl.pathname.replace(/\/$/, '')}/cgi-bin/`
  return async ({ path, body, query, signal }) => {
    const url = new URL(base + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const written = body === undefined ? undefined : JSON.stringify(body)
    let answer: Exchanged
    try {
      answer = await exchange(url, written, timeout, signal)
    } catch (fault) {
      if (!(fault instanceof NetworkFault)) throw fault
      const cure = fault.sent
        ? 'It is not known whether WeCom received it. Check the network, or raise timeout.'
        : 'Check the network, the name server and baseUrl; the request was not sent.'
      throw new WecomApiError({ path, got: fault.message, mayHaveArrived: fault.sent, cure, cause: fault.cause })
    }
    return readAnswer(path, answer, secretsOf(query, body))
  }
}

/** Whether another attempt may bring another answer. */
export function isPassing ({ errcode, status }: WecomApiError): boolean {
  return errcode === -1 || (errcode === undefined && (status === undefined || status === 200 || status >= 500))
}

function readAnswer (path: string, { status, text }: Exchanged, secrets: readonly string[]): ReturnType<Requester> {
  const answer = parse(text)
  const { errcode = 0, errmsg } = answer ?? {}
  if (answer === undefined || typeof errcode !== 'number' || (status !== 200 && errcode === 0)) {
    throw new WecomApiError({
      path,
      got: `status ${status} with ${describe(text, answer)}`,
      status,
      mayHaveArrived: status === 200 || status >= 500,
      cure: 'This answer is not from WeCom: check baseUrl, and what is in between (a proxy, a firewall).'
    })
  }
  if (errcode === 0) return Promise.resolve(answer)
  const words = typeof errmsg === 'string' ? withoutSecrets(errmsg, secrets) : undefined
  throw new WecomApiError({
    path,
    got: words === undefined ? String(errcode) : `${errcode} (${words})`,
    errcode,
    errmsg: words,
    status,
    mayHaveArrived: errcode === -1
  })
}

function parse (text: string): (ApiAnswer & Record<string, unknown>) | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Object.prototype.toString.call(value) === '[object Object]' ? value as Record<string, unknown> : undefined
  } catch {
    return undefined
  }
}

/** Nothing of the content: a proxy's page may repeat the URL. */
function describe (text: string, answer: object | undefined): string {
  if (answer !== undefined) return 'JSON that is not an answer of WeCom'
  const begin = text.trimStart().charAt(0)
  const kind = begin === '' ? 'no body' : begin === '<' ? 'HTML or XML' : begin === '{' ? 'broken JSON' : 'other text'
  return `${kind} (${text.length} characters)`
}
