import { types } from 'node:util'
import type { FastifyBaseLogger } from 'fastify'
import { isError } from '../support/strip-error-details.js'
import { describeThrown, textAt } from './describe-error.js'
import type { Hider } from './hide.js'
import type { LogLine } from './protocol.js'

const LEVELS = ['fatal', 'error', 'warn', 'info'] as const

/** A logger that also tells what it is given, without secrets; children do as well. What is logged stays as it was. */
export function tapLog (log: FastifyBaseLogger, hider: Hider, note: (line: LogLine) => void): FastifyBaseLogger {
  const tapped = Object.create(log) as FastifyBaseLogger
  for (const level of LEVELS) {
    tapped[level] = (...args: unknown[]) => {
      const line = lineOf(level, args, hider)
      if (line !== undefined) note(line)
      Reflect.apply(log[level], log, args)
    }
  }
  tapped.child = (...args) => tapLog(log.child(...args), hider, note)
  return tapped
}

/** Characters of one value that the page is sent. */
const LONGEST = 4_000

function lineOf (level: string, [first, ...rest]: unknown[], hider: Hider): LogLine | undefined {
  // Hidden before it is cut: half a secret would be known for none.
  const shown = (text: string) => cut(hider.text(text))
  if (typeof first === 'string') return { level, text: shown(first) }
  const text = typeof rest[0] === 'string' ? shown(rest[0]) : ''
  if (isError(first)) return { level, text, ...describeThrown(first, shown) }
  // Fastify's own line at the end of every request holds the response.
  if (typeof first !== 'object' || first === null || types.isProxy(first) || 'res' in first) return undefined
  const { code, err, ...details } = first as Record<string, unknown>
  const line: LogLine = { level, text }
  const named = textAt(first, 'code')
  if (named !== undefined) line.code = shown(named)
  if (err !== undefined && err !== null) Object.assign(line, describeThrown(err, shown))
  const json = toJson(details, hider)
  if (json !== '{}') line.details = json
  return line
}

function toJson (value: object, hider: Hider): string {
  try {
    return cut(hider.json(value))
  } catch {
    return '{}'
  }
}

function cut (text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
