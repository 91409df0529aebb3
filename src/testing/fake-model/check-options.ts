import { quote } from '../../errors.js'
import { checkDuration, checkNames, optionInvalid, show } from '../../support/options.js'

/** Throws for what `fakeModel` does not know. */
export function checkFakeModelOptions (options: object): void {
  checkNames('fakeModel', options, ['answer', 'delay', 'fault', 'port'])
  const { answer, delay, fault, port } = options as Readonly<Record<string, unknown>>
  if (delay !== undefined && delay !== 0) checkDuration('delay', delay)
  if (port !== undefined && !isWithin(port, 0, 65_535)) {
    throw optionInvalid('port to be a whole number up to 65535', show(port), 'Leave it out for a free one.')
  }
  if (answer !== undefined && !['string', 'object', 'function'].includes(typeof answer)) {
    throw optionInvalid('answer to be a text, { text, reasoning } or a function', quote(answer), 'Leave it out.')
  }
  const known = typeof fault === 'function' || FAULTS.includes(fault) || isWithin(fault, 400, 599)
  if (known) return
  throw optionInvalid('fault to be a status from 400, hang, stall, cut or error', show(fault), 'Leave it out.')
}

const FAULTS: unknown[] = [undefined, 'hang', 'stall', 'cut', 'error']

function isWithin (value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}
