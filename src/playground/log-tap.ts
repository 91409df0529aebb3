import { types } from 'node:util'
import type { FastifyBaseLogger } from 'fastify'
import { bareError, isError } from '../bare-error.js'
import type { LogLine } from './protocol.js'

const LEVELS = ['fatal', 'error', 'warn', 'info'] as const

/** A logger that also tells what it is given; children do as well. */
export function tapLog (log: FastifyBaseLogger, note: (line: LogLine) => void): FastifyBaseLogger {
  const tapped = Object.create(log) as FastifyBaseLogger
  for (const level of LEVELS) {
    tapped[level] = (...args: unknown[]) => {
      const line = lineOf(level, args)
      if (line !== undefined) note(line)
      Reflect.apply(log[level], log, args)
    }
  }
  tapped.child = (...args) => tapLog(log.child(...args), note)
  return tapped
}

/** Characters of one value that the page is sent. */
const LONGEST = 4_000

function lineOf (level: string, [first, ...rest]: unknown[]): LogLine | undefined {
  if (typeof first === 'string') return { level, text: cut(first) }
  const text = typeof rest[0] === 'string' ? cut(rest[0]) : ''
  if (isError(first)) return { level, text, error: describeError(first) }
  // Fastify's own line at the end of every request holds the response.
  if (typeof first !== 'object' || first === null || types.isProxy(first) || 'res' in first) return undefined
  const { code, err, ...details } = first as Record<string, unknown>
  const line: LogLine = { level, text }
  if (typeof code === 'string') line.code = code
  if (isError(err)) line.error = describeError(err)
  const json = toJson(details)
  if (json !== '{}') line.details = json
  return line
}

function describeError (error: Error): string {
  const { stack, name, message } = bareError(error)
  return cut(stack ?? `${name}: ${message}`)
}

function toJson (value: object): string {
  try {
    return cut(JSON.stringify(value))
  } catch {
    return '{}'
  }
}

function cut (text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
