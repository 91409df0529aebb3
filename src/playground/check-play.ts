import { isObject } from '../message/object.js'
import { SIMULATED_FAULTS } from '../testing/simulator/index.js'
import type { Fault, Play, PlayMessage } from './protocol.js'

/** As many as one play may send. */
const MOST = 20

/** Reads the body of POST api/play. Throws a TypeError that names what is wrong with it. */
export function checkPlay (body: unknown): Play {
  const { messages, format = 'xml', faults = [], retryWith = 'fresh', patience = 5000 } = objectOf(body, 'the body')
  if (!Array.isArray(messages) || messages.length > MOST) {
    throw new TypeError(`messages must be a list of at most ${MOST}`)
  }
  if (format !== 'xml' && format !== 'json') throw new TypeError('format must be xml or json')
  if (retryWith !== 'fresh' && retryWith !== 'same') throw new TypeError('retryWith must be fresh or same')
  if (typeof patience !== 'number' || !(patience >= 100 && patience <= 5000)) {
    throw new TypeError('patience must be 100 to 5000')
  }
  if (!Array.isArray(faults) || !faults.every(isFault)) throw new TypeError(`faults must be of ${FAULTS.join(', ')}`)
  return { messages: messages.map(checkMessage), format, faults, retryWith, patience }
}

/** The page offers none of those of polls. */
const FAULTS: readonly string[] = [
  ...SIMULATED_FAULTS.filter(fault => !/-polls?$/.test(fault)), 'slow-handler', 'kill-producer'
]

function isFault (value: unknown): value is Fault {
  return FAULTS.includes(value as string)
}

function checkMessage (value: unknown): PlayMessage {
  const { key, text, variant = 0, fields = {} } = objectOf(value, 'a message')
  if (typeof text === 'string') return { text }
  if (typeof key !== 'string') throw new TypeError('a message must have a key or a text')
  if (!Number.isInteger(variant)) throw new TypeError('variant must be a whole number')
  return { key, variant: variant as number, fields: objectOf(fields, 'fields') }
}

function objectOf (value: unknown, what: string): Record<string, unknown> {
  if (isObject(value)) return value
  throw new TypeError(`${what} must be an object`)
}
