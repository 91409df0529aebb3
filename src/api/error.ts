import { cureFor } from './cures.js'

/** What is known of a call that failed. */
export interface ApiFailure {
  path: string
  /** What came, for the text; nothing secret. */
  got: string
  errcode?: number | undefined
  errmsg?: string | undefined
  /** HTTP status, where there was an answer. */
  status?: number | undefined
  mayHaveArrived: boolean
  cure?: string
  cause?: unknown
}

/**
 * A call of WeCom's API that failed. Holds no token, no secret and no query.
 *
 * @example
 * ```ts
 * const ipRefused = (error: unknown) => error instanceof WecomApiError && error.errcode === 60020
 * ```
 */
export class WecomApiError extends Error {
  /** WeCom's number; `undefined` where no answer came, or none that can be read. */
  readonly errcode: number | undefined
  /** WeCom's words, for people: they change. */
  readonly errmsg: string | undefined
  /** The endpoint, without its query. */
  readonly path: string
  /** What to do. */
  readonly cure: string
  /** The HTTP status; `undefined` where no answer came. */
  readonly status: number | undefined
  /** Whether WeCom may have done what it was asked: false where it refused, or where the request never left. */
  readonly mayHaveArrived: boolean

  constructor ({ path, got, errcode, errmsg, status, mayHaveArrived, cure = cureFor(errcode), cause }: ApiFailure) {
    super(`expected errcode 0 from ${path}, got ${got}. ${cure}`, cause === undefined ? undefined : { cause })
    this.name = 'WecomApiError'
    this.errcode = errcode
    this.errmsg = errmsg
    this.path = path
    this.cure = cure
    this.status = status
    this.mayHaveArrived = mayHaveArrived
  }
}
