import { duration } from '../format.js'
import { text, type Language } from '../i18n.js'
import type { AttemptView, Seen } from '../../protocol.js'

/** WeCom's own time-out, by which everything is scaled. */
const TIMEOUT = 5000

type Line = [tone: 'good' | 'warn' | 'bad' | '', text: string]

/** What happened to a request, in words. */
export function explain (
  language: Language,
  attempt: AttemptView,
  seen: Seen | undefined,
  handled: Seen[],
  patience: number
): Line[] {
  const { fault, outcome } = attempt
  if (fault === 'wrong-signature') {
    return outcome === 'refused'
      ? [['good', text(language, 'about.forged-refused')]]
      : [['bad', text(language, 'about.forged-accepted')]]
  }
  const lines: Line[] = []
  const ranAgain =
    seen?.handling !== undefined && handled.some(other => other.id < seen.id && other.handling?.failed !== true)
  const joined = seen?.context !== undefined && seen.handling === undefined && handled.length > 0
  if (fault === 'replay' && joined) lines.push(['good', text(language, 'about.replay-joined')])
  else if (fault === 'replay' && ranAgain) lines.push(['warn', text(language, 'about.replay-handled')])
  else if (joined && attempt.purpose === 'message') lines.push(['good', text(language, 'about.joined')])
  else if (ranAgain && attempt.purpose === 'message') lines.push(['warn', text(language, 'about.again')])
  if (fault === 'slow-network') {
    lines.push(['', text(language, 'about.slow-network', { time: duration((1000 * patience) / TIMEOUT) })])
  }
  if (outcome === 'timeout') lines.push(['warn', text(language, 'about.timeout', { time: duration(attempt.ms) })])
  if (outcome === 'dropped') lines.push(['warn', text(language, 'about.dropped')])
  if (outcome === 'refused') lines.push(['bad', text(language, 'about.refused')])
  if (outcome === 'unreadable') lines.push(['bad', text(language, 'about.unreadable')])
  if (attempt.purpose === 'poll') lines.push(['', text(language, 'about.poll')])
  return lines
}
