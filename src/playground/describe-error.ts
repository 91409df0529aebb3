import type { LogLine } from './protocol.js'

/** Causes that are followed. */
const DEEPEST = 5

/**
 * What was thrown, for the page: its stack, and what needs fixing, which is the innermost error that has a code, or
 * else the innermost of all. Never throws, whatever was thrown.
 */
export function describeThrown (thrown: unknown, shown: (text: string) => string): Pick<LogLine, 'error' | 'thrown'> {
  const chain = chainOf(thrown)
  const error = chain.map(stackOf).join('\n\ncaused by ')
  const inner = chain.findLast(error => textAt(error, 'code') !== undefined)
  const code = textAt(inner, 'code')
  const [firstLine = ''] = stackOf(chain.at(-1)).split('\n', 1)
  return {
    error: shown(error),
    thrown:
      code === undefined
        ? { text: shown(firstLine) }
        : { code: shown(code), text: shown(textAt(inner, 'message') ?? '') }
  }
}

function chainOf (thrown: unknown): unknown[] {
  const chain: unknown[] = []
  for (
    let at: unknown = thrown;
    at !== undefined && at !== null && chain.length < DEEPEST && !chain.includes(at);
    at = fieldOf(at, 'cause')
  ) {
    chain.push(at)
  }
  return chain
}

function stackOf (error: unknown): string {
  if (typeof error === 'string') return error
  const message = textAt(error, 'message')
  return (
    textAt(error, 'stack') ??
    (message === undefined ? `${typeof error} that is no Error` : `${textAt(error, 'name') ?? 'Error'}: ${message}`)
  )
}

/** A field of whatever it is, if it is a text: getters and proxies may throw. */
export function textAt (value: unknown, name: string): string | undefined {
  const found = fieldOf(value, name)
  return typeof found === 'string' && found !== '' ? found : undefined
}

function fieldOf (value: unknown, name: string): unknown {
  try {
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}
