import { NumberText } from '../json/read.js'

/** A message as a plain object: WeCom's own field names, text unless a field is known to be a quantity. */
export type MessageObject = Record<string, unknown>

/** Why a text is no message. May be logged: it never quotes the text. */
export class MessageFault extends Error {}

export { Repeated } from '../xml/repeated.js'

/** WeCom's own field names never collide with these; as properties they would reach into every object. */
const INERT = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether JavaScript gives the name a meaning: no message has such a field. */
export function isInert (name: string): boolean {
  return INERT.has(name)
}

/** Sets a field; names that JavaScript gives a meaning to are left out. */
export function setField (object: MessageObject, name: string, value: unknown): void {
  if (!INERT.has(name)) object[name] = value
}

/** Whether it has fields: a list and a number in its text have none. */
export function isObject (value: unknown): value is MessageObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
}
