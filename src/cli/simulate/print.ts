import type { SimulatedAttempt, Delivery } from '../../testing/simulator/index.js'
import { harmless, type Terminal } from '../terminal.js'
import { fold, type Growth } from './growth.js'

/** One attempt, as it ends. */
export function printAttempt ({ print, colour }: Terminal, attempt: SimulatedAttempt, growth: Growth): void {
  const { purpose, number, fault, ms, request, response, outcome, problems, fix } = attempt
  const good = outcome === 'accepted' || (fault === 'wrong-signature' && outcome === 'refused')
  const mark = good ? colour.green('✓') : outcome === 'dropped' ? colour.yellow('○') : colour.red('✗')
  const what =
    purpose === 'verify'
      ? 'verify the URL'
      : fault === 'wrong-signature'
        ? 'forged message'
        : fault === 'replay'
          ? 'replay'
          : `${purpose} ${number}${fault === undefined ? '' : ` (${fault})`}`
  print(
    `${mark} ${request.method.padEnd(4)} ${what.padEnd(26)} ${String(response?.status ?? '–').padEnd(3)} ` +
      `${colour.dim(`${Math.round(ms)} ms`.padStart(8))}  ${describe(attempt)}`
  )
  if (purpose === 'message' && number === 1 && fault !== 'duplicate' && fault !== 'replay') {
    print(colour.dim(`    → ${oneLine(request.plaintext)}`))
  }
  const frame = growth.line(attempt)
  if (frame !== undefined) print(`    ${colour.cyan('←')} ${frame}`)
  else if (attempt.reply?.plaintext) {
    print(`    ${colour.cyan('←')} ${colour.dim(oneLine(attempt.reply.plaintext))}`)
  }
  // Signature faults are refused on purpose; a poll that is answered may show something wrong with its stream.
  if (!good || purpose === 'poll') for (const problem of problems) print(`    ${colour.red(harmless(problem))}`)
  if (!good && fix !== undefined) print(`    ${fix}`)
}

/** What came of it all. */
export function printDelivery (
  { print, colour }: Terminal,
  { kind, outcome, shown, problems, attempts, polls, frames }: Delivery
): void {
  print()
  const tries = `${count(attempts, 'attempt')}${polls.length === 0 ? '' : `, ${count(polls, 'poll')}`}`
  if (outcome === 'accepted') {
    const seen = shown === undefined || frames.length === 0 ? shown : fold(shown)
    print(
      `${colour.bold(kind)}: answered (${tries}). ` +
        `${seen === undefined ? 'The user sees nothing.' : `The user sees:\n${indent(harmless(seen))}`}`
    )
  } else {
    print(`${colour.bold(kind)}: ${colour.red(outcome === 'unverified' ? 'not sent' : outcome)} (${tries}).`)
  }
  for (const problem of problems) print(`${colour.red('!')} ${harmless(problem)}`)
}

function describe ({ outcome, purpose, reply, response }: SimulatedAttempt): string {
  if (outcome === 'dropped') return 'answer lost on purpose'
  if (purpose === 'verify') return outcome === 'accepted' ? 'echoed' : ''
  if (reply?.answer === 'reply') {
    return `reply: ${reply.kind}${reply.message?.stream?.finish === false ? ', unfinished' : ''}`
  }
  if (reply?.answer === 'empty') return 'empty: no reply'
  if (reply?.answer === 'success') return 'success'
  return response === undefined ? '' : harmless(response.body.slice(0, 60).replace(/\s+/g, ' '))
}

function count ({ length }: readonly unknown[], what: string): string {
  return `${length} ${what}${length === 1 ? '' : 's'}`
}

function oneLine (text: string): string {
  return harmless(text.split('\n').map(line => line.trim()).filter(line => line !== '').join(' '), 1500)
}

function indent (text: string): string {
  return text.split('\n').map(line => `    ${line}`).join('\n')
}
