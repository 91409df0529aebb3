import type { WecomCredentials } from './credentials.js'
import { quote, wecomError } from './errors.js'

/** What `createReceiver` takes. Durations are in milliseconds. */
export interface ReceiverOptions {
  /** The settings of the callback URL, several of them, or a function of the unauthenticated hint. */
  credentials: WecomCredentials
  /** How far a request's timestamp may be from this server's clock. `Infinity` turns the check off. Default 300 000. */
  timestampTolerance?: number | undefined
  /** How long a credentials function or an async receiveId predicate may take. Default 800. */
  resolveTimeout?: number | undefined
}

/** Checks what a receiver is given, once, and fills in the defaults. */
export function checkReceiverOptions (options: ReceiverOptions): { [Name in keyof ReceiverOptions]-?: Exclude<ReceiverOptions[Name], undefined> } {
  const { credentials, timestampTolerance = 300_000, resolveTimeout = 800 } = options ?? {}
  return {
    credentials,
    timestampTolerance: checkTolerance(timestampTolerance),
    resolveTimeout: checkDuration('resolveTimeout', resolveTimeout)
  }
}

/** Longer ones overflow the timers of Node.js, which then fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

function checkTolerance (value: unknown): number {
  if (typeof value === 'number' && value > 0) return value
  throw optionInvalid('timestampTolerance to be milliseconds above 0, or Infinity', show(value), 'Leave it out for 300 000 (five minutes).')
}

/** Milliseconds that a timer can run. */
export function checkDuration (name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= LONGEST_TIMER) return value
  throw optionInvalid(`${name} to be milliseconds above 0, at most ${LONGEST_TIMER}`, show(value), 'Leave it out for the default.')
}

export function optionInvalid (expected: string, got: string, fix: string): Error {
  return wecomError('WECOM_OPTION_INVALID', { expected, got, fix })
}

function show (value: unknown): string {
  return typeof value === 'number' ? String(value) : quote(value)
}

/** A whole number above 0. */
export function checkCount (name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw optionInvalid(`${name} to be a whole number above 0`, show(value), 'Leave it out for the default.')
}

/** What to do while a store fails. */
export function checkOnStoreError (name: string, value: unknown): 'handle' | 'refuse' {
  if (value === 'handle' || value === 'refuse') return value
  throw optionInvalid(`${name} to be 'handle' or 'refuse'`, quote(value), "Leave it out for 'handle'.")
}
