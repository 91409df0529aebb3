import {
  checkCount, checkDuration, checkNames, checkUnit, suggestName, optionInvalid, warnUnit
} from '../support/options.js'
import { quote } from '../errors.js'
import type { SendOptions } from './client-options.js'
import { SIMULATED_FAULTS } from './simulator/types.js'

/** Throws for what `wecomClient` does not know, and for a timeout that was meant as seconds. */
export function checkClientOptions (options: object): void {
  checkNames('wecomClient', options, CLIENT)
  checkTimes(options)
}

/** The same for `simulateWecom`. */
export function checkSimulatorOptions (options: object): void {
  checkNames('simulateWecom', options, [...CLIENT, ...SIMULATOR])
  checkTimes(options)
  const { retries, faults, timeScale, targets } = options as Given
  if (retries !== undefined && retries !== 0) checkCount('retries', retries)
  if (timeScale !== undefined && !(typeof timeScale === 'number' && timeScale > 0)) {
    throw optionInvalid('timeScale to be a number above 0', quote(timeScale), 'Leave it out for 1.')
  }
  checkFaults(faults)
  checkTargets(targets)
}

/** The same for one request. */
export function checkSendOptions (
  where: string,
  options: SendOptions | undefined,
  known: readonly string[] = SEND
): void {
  checkNames(where, options, known)
  checkTimes(options ?? {})
}

/** The same for following a stream. */
export function checkFollowOptions (options: object | undefined): void {
  checkNames('follow', options, ['every', 'until', 'targets'])
  const { every, until, targets } = (options ?? {}) as Given
  if (every !== undefined && every !== 0) warnUnit('every', checkDuration('every', every), 10)
  if (until !== undefined) checkUnit('until', checkDuration('until', until), 50)
  checkTargets(targets)
}

/** The same for one delivery. */
export function checkDeliverOptions (where: string, options: object | undefined): void {
  checkNames(where, options, ['faults'])
  checkFaults((options as Given | undefined)?.faults)
}

/** What a verification of the URL can do otherwise. */
export const VERIFY = ['timestamp', 'nonce', 'receiveId', 'signature', 'headers', 'timeout']

type Given = Readonly<Record<string, unknown>>

const CLIENT = ['app', 'path', 'url', 'credentials', 'format', 'spelling', 'now', 'timeout', 'headers']
const SIMULATOR = [
  'verify',
  'echoTimeout',
  'retries',
  'retryDelay',
  'retryWith',
  'pollInterval',
  'pollLimit',
  'timeScale',
  'targets',
  'requireSuccess',
  'faults',
  'onAttempt',
  'signal'
]
const SEND = ['format', 'spelling', 'contentType', 'pace', ...VERIFY]

function checkTimes (options: object): void {
  const given = options as Given
  for (const name of ['timeout', 'echoTimeout', 'pollLimit']) {
    const value = given[name]
    if (value !== undefined) checkUnit(name, checkDuration(name, value), 50)
  }
  // These may well be short: a test polls as often as it likes.
  for (const name of ['retryDelay', 'pollInterval', 'pace']) {
    const value = given[name]
    if (value !== undefined && value !== 0) warnUnit(name, checkDuration(name, value), 50)
  }
}

function checkTargets (targets: unknown): void {
  if (targets === undefined) return
  if (!Array.isArray(targets)) {
    throw optionInvalid('targets to be a list of { app, path } and { url }', quote(targets), 'Leave it out for none.')
  }
  for (const target of targets as unknown[]) checkNames('targets', target, ['app', 'path', 'url'])
}

function checkFaults (faults: unknown): void {
  if (faults === undefined) return
  const names: readonly string[] = SIMULATED_FAULTS
  const wrong = Array.isArray(faults) ? (faults as unknown[]).find(fault => !names.includes(fault as string)) : faults
  if (wrong === undefined) return
  const near = typeof wrong === 'string' ? suggestName(wrong, names) : undefined
  throw optionInvalid(
    `faults to be a list of ${names.join(', ')}`,
    quote(wrong),
    near === undefined ? 'Leave it out.' : `Did you mean ${near}?`
  )
}
