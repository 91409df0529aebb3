/** Whether an object has any field of its own; makes no list of them. */
export function hasFields (object: object): boolean {
  for (const name in object) if (Object.hasOwn(object, name)) return true
  return false
}

/** Sets a field, whatever its name: `__proto__`, assigned, would set the prototype instead. */
export function setOwn (object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
}
