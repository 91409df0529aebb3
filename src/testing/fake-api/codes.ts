import { randomBytes } from 'node:crypto'

/** Codes that work for a while, and once where they are taken. */
export interface Codes<T> {
  issue (value: T): string
  /** What a code stands for, if it is good. */
  look (code: unknown): T | undefined
  /** The same; from then on the code is used. */
  take (code: unknown): T | undefined
  /** Whether it was good once. */
  knows (code: unknown): boolean
  /** None is good any more. */
  expire (): void
}

/** @param lifetime milliseconds */
export function createCodes<T> (prefix: string, lifetime = Infinity): Codes<T> {
  const issued = new Map<unknown, { value: T, until: number }>()
  const look = (code: unknown): T | undefined => {
    const found = issued.get(code)
    return found !== undefined && performance.now() < found.until ? found.value : undefined
  }
  return {
    issue (value) {
      const code = prefix + randomBytes(16).toString('hex')
      issued.set(code, { value, until: performance.now() + lifetime })
      return code
    },
    look,
    take (code) {
      const value = look(code)
      const found = issued.get(code)
      if (value !== undefined && found !== undefined) found.until = -Infinity
      return value
    },
    knows: code => issued.has(code),
    expire () { for (const found of issued.values()) found.until = -Infinity }
  }
}
