import { editDistance } from './edit-distance.js'
import { quote, wecomError } from '../errors.js'

/** Longer ones overflow the timers of Node.js, which then fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** A duration below what makes sense was meant as seconds. */
export function checkUnit (name: string, value: number, least: number): number {
  if (value >= least) return value
  throw optionInvalid(
    `${name} to be milliseconds, at least ${least}`,
    String(value),
    `If ${value} seconds were meant, give ${value * 1_000}; leave it out for the default.`
  )
}

/** The same where a short one makes sense as well: what was probably meant is told. */
export function warnUnit (name: string, value: number, least: number): number {
  if (value < least) {
    process.emitWarning(`${name} is ${value} milliseconds. If ${value} seconds were meant, give ${value * 1_000}.`, {
      type: 'WecomWarning',
      code: 'WECOM_SHORT_DURATION'
    })
  }
  return value
}

/** Refuses a name that is no option: what is misspelled would be ignored in silence. */
export function checkNames (where: string, options: unknown, known: readonly string[]): void {
  for (const name of Object.keys(Object(options) as object)) {
    if (known.includes(name) || (options as Record<string, unknown>)[name] === undefined) continue
    const near = suggestName(name, known)
    throw optionInvalid(
      `${where} to have only ${known.join(', ')}`,
      quote(name),
      near === undefined ? 'Leave it out.' : `Did you mean ${near}?`
    )
  }
}

/** The name that somebody may have meant: another way of writing it, or a typing error or two away. */
export function suggestName (name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.replaceAll(/[_-]/g, '').toLowerCase()
  const given = plain(name)
  const distances = known
    .map(candidate => [editDistance(given, plain(candidate), 2), candidate] as const)
    .sort(([a], [b]) => a - b)
  const [distance, nearest] = distances[0] ?? [Infinity, undefined]
  return distance <= (given.length < 6 ? 1 : 2) ? nearest : undefined
}

/**
 * A field that looks like one of the known that is missing. What is filled in elsewhere (a row of a database, an answer
 * of WeCom's API) may hold more, so any other field is nobody's slip.
 */
export function findSlip (value: unknown, known: readonly string[]): { field: string, near: string } | undefined {
  const given = Object(value) as Record<string, unknown>
  for (const field of Object.keys(given)) {
    const near = known.includes(field) ? undefined : suggestName(field, known)
    if (near !== undefined && given[near] === undefined) return { field, near }
  }
}

/** Milliseconds that a timer can run. */
export function checkDuration (name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= LONGEST_TIMER) return value
  throw optionInvalid(
    `${name} to be milliseconds above 0, at most ${LONGEST_TIMER}`,
    show(value),
    'Leave it out for the default.'
  )
}

export function optionInvalid (expected: string, got: string, fix: string): Error {
  return wecomError('WECOM_OPTION_INVALID', { expected, got, fix })
}

export function show (value: unknown): string {
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
