import { NumberText } from '../json/read.js'

/** A message as a plain object: WeCom's own field names, text unless a field is known to be a quantity. */
export type MessageObject = Record<string, unknown>

/** Why a text is no message. May be logged: it never quotes the text. */
export class MessageFault extends Error {}

export { Repeated } from '../xml/repeated.js'

/**
 * Whether JavaScript gives the name a meaning: as a property it would reach into every object. WeCom has no such field.
 */
export function isInert (name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype'
}

/** Sets a field; names that JavaScript gives a meaning to are left out. */
export function setField (object: MessageObject, name: string, value: unknown): void {
  if (!isInert(name)) object[name] = value
}

/** Whether it has fields: a list and a number in its text have none. */
export function isObject (value: unknown): value is MessageObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
}
