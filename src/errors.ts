import createError from '@fastify/error'

/**
 * Every error this package raises: its stable code, WeCom's `errcode` of the same meaning (page 90968; none where
 * WeCom has no counterpart) and the HTTP status of the answer. docs/errors.md lists cause and cure of each.
 */
export const WECOM_ERRORS = {
  WECOM_SIGNATURE_MISMATCH: { errcode: -40001, statusCode: 401 },
  WECOM_TIMESTAMP_OUT_OF_RANGE: { errcode: -40001, statusCode: 401 },
  WECOM_CREDENTIALS_NOT_FOUND: { errcode: -40001, statusCode: 401 },
  WECOM_ENVELOPE_INVALID: { errcode: -40002, statusCode: 400 },
  WECOM_MESSAGE_INVALID: { errcode: -40002, statusCode: 400 },
  WECOM_PARAMETER_INVALID: { errcode: -40003, statusCode: 400 },
  WECOM_ENCODING_AES_KEY_INVALID: { errcode: -40004, statusCode: 500 },
  WECOM_RECEIVE_ID_MISMATCH: { errcode: -40005, statusCode: 400 },
  WECOM_ENCRYPT_FAILED: { errcode: -40006, statusCode: 500 },
  WECOM_DECRYPT_FAILED: { errcode: -40007, statusCode: 400 },
  WECOM_PLAINTEXT_INVALID: { errcode: -40008, statusCode: 400 },
  WECOM_BASE64_ENCODE_FAILED: { errcode: -40009, statusCode: 500 },
  WECOM_BASE64_DECODE_FAILED: { errcode: -40010, statusCode: 400 },
  WECOM_ENVELOPE_WRITE_FAILED: { errcode: -40011, statusCode: 500 },
  WECOM_BODY_EMPTY: { errcode: undefined, statusCode: 400 },
  WECOM_BODY_ABORTED: { errcode: undefined, statusCode: 400 },
  WECOM_BODY_TIMEOUT: { errcode: undefined, statusCode: 408 },
  WECOM_BODY_TOO_LARGE: { errcode: undefined, statusCode: 413 },
  WECOM_CONTENT_ENCODING_UNSUPPORTED: { errcode: undefined, statusCode: 415 },
  WECOM_CREDENTIALS_UNAVAILABLE: { errcode: undefined, statusCode: 503 },
  WECOM_STORE_UNAVAILABLE: { errcode: undefined, statusCode: 503 },
  WECOM_INBOX_UNAVAILABLE: { errcode: undefined, statusCode: 503 },
  WECOM_INBOX_UNREADABLE: { errcode: undefined, statusCode: 500 },
  WECOM_STREAMS_FULL: { errcode: undefined, statusCode: 503 },
  WECOM_SHUTTING_DOWN: { errcode: undefined, statusCode: 503 },
  WECOM_OPTION_INVALID: { errcode: undefined, statusCode: 500 },
  WECOM_ROUTE_INVALID: { errcode: undefined, statusCode: 500 },
  WECOM_PARSER_BYPASSED: { errcode: undefined, statusCode: 500 },
  WECOM_NOT_A_CALLBACK: { errcode: undefined, statusCode: 500 },
  WECOM_HANDLER_FAILED: { errcode: undefined, statusCode: 500 },
  WECOM_REPLY_INVALID: { errcode: undefined, statusCode: 500 },
  WECOM_REPLY_REPEATED: { errcode: undefined, statusCode: 500 },
  WECOM_STREAM_SOURCE_INVALID: { errcode: undefined, statusCode: 500 },
  WECOM_STREAM_SOURCE_USED: { errcode: undefined, statusCode: 500 },
  WECOM_STREAM_IMAGE_INVALID: { errcode: undefined, statusCode: 500 },
  WECOM_RESPOND_UNAVAILABLE: { errcode: undefined, statusCode: 500 },
  WECOM_RESPOND_REFUSED: { errcode: undefined, statusCode: 500 },
  WECOM_RESPOND_FAILED: { errcode: undefined, statusCode: 500 },
  WECOM_MEDIA_EXPIRED: { errcode: undefined, statusCode: 500 },
  WECOM_MEDIA_TOO_LARGE: { errcode: undefined, statusCode: 500 },
  WECOM_MEDIA_CORRUPT: { errcode: undefined, statusCode: 500 },
  WECOM_MEDIA_HOST_REFUSED: { errcode: undefined, statusCode: 500 }
} as const

/** The closed union of error codes. */
export type WecomErrorCode = keyof typeof WECOM_ERRORS

/** WeCom's own error numbers, -40001 to -40011. */
export type WecomErrcode = NonNullable<(typeof WECOM_ERRORS)[WecomErrorCode]['errcode']>

/**
 * What every error of this package is: `error instanceof WecomError`, then look at `error.code`. Calls of WeCom's API
 * fail with a `WecomApiError` of fastify-wecom/api.
 */
export class WecomError extends Error {
  /** Stable; see docs/errors.md. */
  declare readonly code: WecomErrorCode
  /** WeCom's number for the same fault, -40001 to -40011; `undefined` where WeCom has none. */
  declare readonly errcode: WecomErrcode | undefined
  /** The HTTP status a callback is answered with. */
  declare readonly statusCode: number
}

/** The three parts of every error text. None may hold a token, a key or plaintext. */
export interface ErrorText {
  expected: string
  got: string
  /** What to change. */
  fix: string
  cause?: unknown
}

/** Makes the error of a code; the text tells what was expected, what came and what to change. */
export function wecomError (code: WecomErrorCode, { expected, got, fix, cause }: ErrorText): WecomError {
  const message = `expected ${expected}, got ${got}. ${fix}`
  const error = cause === undefined ? new constructors[code](message) : new constructors[code](message, { cause })
  Object.assign(error, { name: 'WecomError', errcode: WECOM_ERRORS[code].errcode })
  // Here alone, as a stack is most of what a refusal costs: with the name in its first line, from the caller on.
  Error.captureStackTrace(error, wecomError)
  return error as unknown as WecomError
}

const constructors = Object.fromEntries(
  Object.entries(WECOM_ERRORS).map(([code, { statusCode }]) => {
    const constructor = createError(code, '%s', statusCode, WecomError as unknown as ErrorConstructor, false)
    // What consoles and loggers print as the type of an error.
    return [code, Object.defineProperty(constructor, 'name', { value: 'WecomError' })]
  })
) as unknown as Record<WecomErrorCode, new (...args: unknown[]) => Error>

/** A value a stranger sent, fit for an error text or a log line: quoted, escaped, cut at 64 characters. */
export function quote (value: unknown): string {
  if (typeof value !== 'string') return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
  return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value)
}
