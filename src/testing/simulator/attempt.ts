import type { ClientEngine, SealedRequest } from '../engine.js'
import type { WrittenMessage } from '../message-text.js'
import type { Asked, WecomReply } from '../reply.js'
import { MAX_BOT_ANSWER, TransportFault } from '../transport.js'
import type { SimulatedAttempt, SimulatedFault } from './types.js'

/** What one attempt is about. */
export interface Try {
  purpose: 'message' | 'poll'
  number: number
  written: WrittenMessage
  sealed: { request: SealedRequest, asked: Asked }
  timeout: number
  requireSuccess: boolean
  fault?: SimulatedFault | undefined
  /** Milliseconds over which the body is sent. */
  pace: number
}

/** Sends a request once and judges what comes. Never throws. */
export async function tryOnce (
  engine: ClientEngine,
  { purpose, number, written, sealed, timeout, requireSuccess, fault, pace }: Try
): Promise<SimulatedAttempt> {
  const { query, headers, body } = sealed.request
  const sent = {
    purpose,
    number,
    at: Date.now(),
    request: { method: 'POST' as const, query: { ...query }, headers, body, plaintext: written.text },
    ...(fault === undefined ? {} : { fault })
  }
  return await noAnswer(sent, async () => {
    const most = sealed.asked.product === 'aibot' ? MAX_BOT_ANSWER : undefined
    const reply = engine.open(await engine.post(sealed.request, { timeout, pace, most }), sealed.asked)
    const outcome = reply.answer === 'refused' ? 'refused' : reply.answer === 'unreadable' ? 'unreadable' : 'accepted'
    return {
      ...sent,
      ms: reply.ms,
      response: { status: reply.status, headers: reply.headers, body: reply.raw },
      reply,
      outcome,
      problems: judge(reply, requireSuccess)
    }
  })
}

/** URL verification, as an attempt. Never throws. */
export async function tryVerify (engine: ClientEngine, timeout: number): Promise<SimulatedAttempt> {
  const { query, echo } = engine.sealEcho()
  const sent = {
    purpose: 'verify' as const,
    number: 1,
    at: Date.now(),
    request: { method: 'GET' as const, query: { ...query }, headers: {}, body: '', plaintext: echo }
  }
  return await noAnswer(sent, async () => {
    const { status, headers, body, ms } = await engine.get(query, { timeout })
    const raw = body.toString()
    const answered = { ...sent, ms, response: { status, headers, body: raw } }
    if (status === 200 && raw === echo) return { ...answered, outcome: 'accepted', problems: [] }
    const problems = [status === 200 ? 'The answer is not the decrypted echo.' : `The status is ${status}.`]
    return {
      ...answered,
      outcome: status === 200 ? 'unreadable' : 'refused',
      problems,
      fix: '`npx fastify-wecom doctor <url>` finds out why.'
    }
  })
}

async function noAnswer (
  sent: Omit<SimulatedAttempt, 'ms' | 'outcome' | 'problems'>,
  run: () => Promise<SimulatedAttempt>
): Promise<SimulatedAttempt> {
  const started = performance.now()
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error
    const { code, message, fix } = error
    return {
      ...sent,
      ms: performance.now() - started,
      outcome: code,
      problems: [`${message[0]?.toUpperCase()}${message.slice(1)}.`],
      fix
    }
  }
}

function judge (reply: WecomReply, requireSuccess: boolean): string[] {
  const problems = reply.problems.map(({ text }) => text)
  if (requireSuccess && reply.status === 200 && reply.answer !== 'success') {
    problems.push('The body must be exactly success on this URL; WeCom takes anything else for an error.')
  }
  return problems
}
