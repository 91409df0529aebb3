import { types } from 'node:util'
import { WECOM_ERRORS, WecomError } from '../errors.js'

/*
 * Whatever is thrown, these functions answer and never throw themselves: `null`, an object whose getters or toString
 * throw, a Proxy. Nothing else may look at what the code of a user threw.
 */

/**
 * An error without what clients hang on it: ioredis puts the command with its arguments there, a reply among them, and
 * loggers write it out.
 */
export function stripErrorDetails (thrown: unknown): Error & { code?: string } {
  const code = text(read(thrown, 'code'))
  // Node.js gives a refused connection to several addresses no message, only a code.
  const message =
    text(read(thrown, 'message')) ||
    (isObject(thrown) ? code : asText(thrown)) ||
    (isError(thrown) ? 'an error without a message' : `what was thrown is no error: ${wordFor(thrown)}`)
  const bare = new Error(message)
  const stack = text(read(thrown, 'stack'))
  if (stack !== '') bare.stack = stack
  return Object.assign(bare, { name: text(read(thrown, 'name')) || 'Error', ...(code === '' ? {} : { code }) })
}

/**
 * What goes to the log where a handler or a hook threw: type, message, stack, plain fields and causes, as a plain
 * error. Loggers read and even write fields of what they are given, which may throw.
 */
export function loggableError (thrown: unknown, depth = 0): Error {
  const error = stripErrorDetails(thrown)
  for (const [name, value] of Object.entries(read(thrown, fieldsOf) ?? {})) {
    if (!(name in error)) {
      Object.assign(error, { [name]: value })
    }
  }
  const type = text(read(read(thrown, 'constructor'), 'name'))
  // Where pino finds the type of an error.
  if (type !== '') Object.defineProperty(error, 'constructor', { value: { [type]: class {} }[type] })
  if (depth === DEEPEST) return error
  const cause = read(thrown, 'cause')
  if (isError(cause)) error.cause = loggableError(cause, depth + 1)
  const errors = read(thrown, 'errors')
  if (Array.isArray(errors)) {
    Object.assign(error, { errors: errors.slice(0, MOST_ERRORS).map(each => loggableError(each, DEEPEST)) })
  }
  return error
}

/** The error that was thrown, or one that says what was, with it as its cause. */
export function toError (thrown: unknown): Error {
  if (isError(thrown)) return thrown
  return new Error(stripErrorDetails(thrown).message, { cause: thrown })
}

/** What was thrown, in a word: the name of an error, `null`, `string`, `object`, … */
export function wordFor (thrown: unknown): string {
  if (thrown === null) return 'null'
  const name = isError(thrown) ? text(read(thrown, 'name')) : typeof thrown
  return /^[\w.$-]{1,64}$/.test(name) ? name : 'Error'
}

/** For the `got` of an error text: what a rejection said. */
export function rejectionText (cause: unknown): string {
  const message = isError(cause) ? text(read(cause, 'message')) : ''
  if (message === '') return isError(cause) ? 'a rejection' : `a rejection with ${wordFor(cause)}`
  return `the error: ${(message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message).replace(/\.$/, '')}`
}

/** An error that may be looked at: no Proxy of one. */
export function isError (value: unknown): value is Error {
  try {
    return !types.isProxy(value) && (types.isNativeError(value) || value instanceof Error)
  } catch {
    return false
  }
}

/** An error of this package, with what it has to have. */
export function isWecomError (value: unknown): value is WecomError {
  if (!isError(value) || !(value instanceof WecomError)) return false
  const own = (name: string) => Object.getOwnPropertyDescriptor(value, name)?.value as unknown
  return (
    typeof own('code') === 'string' &&
    Object.hasOwn(WECOM_ERRORS, own('code') as string) &&
    typeof own('statusCode') === 'number' &&
    typeof own('message') === 'string'
  )
}

/** How deep causes are followed, how many errors of an AggregateError are kept, how many characters of a message. */
const DEEPEST = 5
const MOST_ERRORS = 10
const LONGEST = 500

function read (value: unknown, what: string | ((value: object) => unknown)): unknown {
  if (!isObject(value) || types.isProxy(value)) return undefined
  try {
    return typeof what === 'string' ? (value as Record<string, unknown>)[what] : what(value)
  } catch {
    return undefined
  }
}

/** Own fields that are plain values: a status, a number of WeCom's. */
function fieldsOf (value: object): Record<string, unknown> {
  const fields = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
    ([, { enumerable, value }]) => enumerable === true && isPlain(value)
  )
  return Object.fromEntries(fields.map(([name, { value }]) => [name, value as unknown]))
}

function isPlain (value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** A text that was thrown is a message. */
function asText (value: unknown): string {
  return isPlain(value) ? String(value) : ''
}

function text (value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isObject (value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
