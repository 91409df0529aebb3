import { expect } from 'vitest'
import { readStrictEnvelope, readXmlEnvelope } from '../../src/envelope/envelope.js'
import { readStrictMessage, readAnyMessage } from '../../src/message/parse.js'

/** The reader of the form that WeCom writes, and the one of all XML. */
export const MESSAGE: Readers = { what: 'a message', strictly: readStrictMessage, generally: readAnyMessage }
export const ENVELOPE: Readers = { what: 'an envelope', strictly: readStrictEnvelope, generally: readXmlEnvelope }
export const READERS = [MESSAGE, ENVELOPE]

export interface Readers {
  what: string
  strictly: (text: string) => object | undefined
  generally: (text: string) => object
}

/** Whether the strict reader took it; then the general one reads the same, in the same order and of the same classes. */
export function takenAlike (text: string, { what, strictly, generally }: Readers): boolean {
  const strict = strictly(text)
  if (strict === undefined) return false
  let general
  try {
    general = generally(text)
  } catch (error) {
    throw new Error(`${what} is taken, and refused by the general reader (${String(error)}): ${JSON.stringify(text)}`)
  }
  if (written(strict) !== written(general)) {
    expect({ text, read: strict }).toStrictEqual({ text, read: general })
    throw new Error(`${what} is read in another order: ${JSON.stringify(text)}`)
  }
  return true
}

/** All that tells two values apart: names in their order, lists by their class. */
function written (value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  if (Array.isArray(value)) return `${value.constructor.name}[${Array.from(value, written).join(',')}]`
  return `{${Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${written(field)}`).join(',')}}`
}
