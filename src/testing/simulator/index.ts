import { setTimeout as wait } from 'node:timers/promises'
import { answerPolicyOf } from '../../message/kind.js'
import { checkDeliverOptions, checkSimulatorOptions } from '../check-options.js'
import type { ClientOptions } from '../client-options.js'
import { clientEngine } from '../engine.js'
import { writeMessage, type WrittenMessage } from '../message-text.js'
import type { WecomReply } from '../reply.js'
import { pollStream, type Poll } from '../stream/polling.js'
import { rotate } from '../stream/rotation.js'
import { StreamWatch, type StreamProblem } from '../stream/watch.js'
import { tryOnce, tryVerify } from './attempt.js'
import type { SimulatedAttempt, Delivery, SimulatedFault, Simulator, SimulatorOptions, Transcript } from './types.js'

export {
  SIMULATED_FAULTS,
  type SimulatedAttempt,
  type AttemptOutcome,
  type Delivery,
  type SimulatedFault,
  type Simulator,
  type SimulatorOptions,
  type Transcript
} from './types.js'

/** Milliseconds over which `slow-network` spreads a body. */
const SLOW = 1000

/**
 * Plays WeCom against a callback URL: verifies it first, waits 5 s for an answer, tries again where none comes or the
 * status is not 200, polls the streams of bots, and keeps a record of every attempt.
 *
 * @example
 * ```ts
 * const simulator = simulateWecom({ credentials: newCredentials(), app, path: '/wecom', timeScale: 0.01 })
 * const delivery = await simulator.deliver(sample('text'), { faults: ['duplicate'] })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function simulateWecom (options: SimulatorOptions): Simulator {
  checkSimulatorOptions(options)
  const {
    timeout = 5000,
    echoTimeout = 1000,
    retries = 3,
    retryDelay = 0,
    retryWith = 'fresh',
    pollInterval = 1000,
    pollLimit = 360_000,
    timeScale = 1,
    targets = [],
    signal
  } = options
  const engine = clientEngine(options as ClientOptions)
  const next = rotate(options as ClientOptions, engine, targets)
  const transcript: Transcript = { verification: undefined, deliveries: [] }
  const scaled = (ms: number) => ms * timeScale
  const note = <T extends SimulatedAttempt>(attempt: T): T => {
    options.onAttempt?.(attempt)
    return attempt
  }

  async function verify (): Promise<SimulatedAttempt> {
    transcript.verification = note(await tryVerify(engine, scaled(echoTimeout)))
    return transcript.verification
  }

  async function ready (): Promise<boolean> {
    if (options.verify === false) return true
    const { outcome } = transcript.verification ?? await verify()
    // As the console's button: pressed again, it asks again.
    if (outcome !== 'accepted') transcript.verification = undefined
    return outcome === 'accepted'
  }

  async function deliver (
    message: object | string,
    { faults = [] }: { faults?: readonly SimulatedFault[] } = {}
  ): Promise<Delivery> {
    const written = writeMessage(message, options.format)
    const delivery: Delivery = {
      kind: written.kind.key,
      plaintext: written.text,
      attempts: [],
      polls: [],
      frames: [],
      outcome: 'given-up',
      reply: undefined,
      shown: undefined,
      problems: []
    }
    transcript.deliveries.push(delivery)
    if (!(await ready())) {
      return Object.assign(delivery, {
        outcome: 'unverified',
        problems: ['The URL was not verified, so WeCom would not save it and sends nothing.']
      })
    }
    const started = performance.now()
    const all = new Set([...options.faults ?? [], ...faults])
    await attemptAll(delivery, written, all)
    if (delivery.outcome === 'accepted' && delivery.reply !== undefined && written.kind.product === 'aibot') {
      await poll(delivery, delivery.reply, written, started, all)
    }
    const { reply } = delivery
    delivery.shown = reply?.text ?? (reply?.answer === 'reply' ? `[${reply.kind}]` : undefined)
    return delivery
  }

  /** Watches a bot's stream to its end; `started` in milliseconds of `performance.now()`. */
  async function poll (
    delivery: Delivery,
    first: WecomReply,
    written: WrittenMessage,
    started: number,
    faults: ReadonlySet<SimulatedFault>
  ): Promise<void> {
    const now = performance.now()
    const watch = new StreamWatch(first, now - started)
    const state = await pollStream(watch, written, {
      every: scaled(pollInterval),
      started,
      until: now + scaled(pollLimit),
      faults,
      signal,
      seal: engine.seal,
      send: async one =>
        await tryOnce(next(), {
          ...one,
          purpose: 'poll',
          timeout: scaled(timeout),
          requireSuccess: false,
          pace: 0
        }),
      note (attempt, found) {
        const texts = new Set([...attempt.problems, ...found.filter(isOfWecom).map(({ text }) => text)])
        delivery.polls.push(note({ ...attempt, problems: [...texts] }))
      }
    })
    if (state === 'stopped') delivery.outcome = 'stopped'
    delivery.reply = watch.shown
    delivery.frames = watch.frames
    const found = watch.problems.filter(isOfWecom).map(({ text }) => text)
    delivery.problems = [...new Set([...delivery.problems, ...found])]
  }

  async function attemptAll (
    delivery: Delivery,
    written: WrittenMessage,
    faults: ReadonlySet<SimulatedFault>
  ): Promise<void> {
    const { answerWithinMs = timeout, sentOnce = false } = answerPolicyOf(delivery.kind) ?? {}
    const requireSuccess = options.requireSuccess ?? written.kind.product === 'info'
    const base = {
      purpose: 'message' as const,
      timeout: scaled(Math.min(timeout, answerWithinMs)),
      requireSuccess,
      pace: faults.has('slow-network') ? scaled(SLOW) : 0
    }
    let sent = 0
    const send = async (rest: Poll): Promise<SimulatedAttempt> => {
      const attempt = await tryOnce(sent++ === 0 ? engine : next(), { ...base, ...rest })
      // The server has answered; WeCom never learns of it.
      return note(rest.fault === 'drop-answer' ? { ...attempt, outcome: 'dropped' } : attempt)
    }
    if (faults.has('wrong-signature')) {
      const forged = await send({
        number: 0,
        written,
        sealed: engine.seal(written, { signature: 'f'.repeat(40) }),
        fault: 'wrong-signature'
      })
      delivery.attempts.push(forged)
      if (forged.reply?.answer === 'reply') {
        delivery.problems.push('The server answered a forged request: it does not check the signature.')
      }
    }
    let current = { written, sealed: engine.seal(written) }
    for (let number = 1; number <= 1 + (sentOnce ? 0 : retries); number++) {
      if (signal?.aborted === true) { delivery.outcome = 'stopped'; return }
      if (number > 1) {
        await wait(scaled(retryDelay))
        if (retryWith === 'fresh') current = reseal(written)
      }
      const twin =
        number === 1 && faults.has('duplicate') ? send({ number, ...current, fault: 'duplicate' }) : undefined
      const drop = number === 1 && faults.has('drop-answer')
      const attempt = await send({
        number,
        ...current,
        fault: drop ? 'drop-answer' : faults.has('slow-network') ? 'slow-network' : undefined
      })
      delivery.attempts.push(attempt)
      if (twin !== undefined) delivery.attempts.push(await twin)
      // What WeCom cannot read it does not ask for again: that is only said of failures to answer [90238].
      if (attempt.outcome !== 'accepted' && attempt.outcome !== 'unreadable') continue
      delivery.reply = attempt.reply
      delivery.problems.push(...attempt.problems)
      if (attempt.outcome === 'accepted') delivery.outcome = 'accepted'
      break
    }
    if (faults.has('replay') && delivery.outcome === 'accepted') {
      delivery.attempts.push(await send({ number: delivery.attempts.length + 1, ...current, fault: 'replay' }))
    }
    if (delivery.reply === undefined) {
      delivery.problems.push(`WeCom gave up after ${delivery.attempts.length} attempt(s).`)
    }
  }

  /** Sealed anew; a bot's retry may carry another response_url (DESIGN 4). */
  function reseal (written: WrittenMessage) {
    const { response_url: url } = written.message
    if (typeof url !== 'string') return { written, sealed: engine.seal(written) }
    const again = writeMessage(
      { ...written.message, response_url: `${url}${url.includes('?') ? '&' : '?'}retry=${Date.now()}` },
      'json'
    )
    return { written: again, sealed: engine.seal(again) }
  }

  return {
    verify,
    async deliver (message, each) {
      checkDeliverOptions('deliver', each)
      return await deliver(message, each)
    },
    async deliverAll (messages, each = {}) {
      checkDeliverOptions('deliverAll', each)
      const { faults = [] } = each
      const order = [...options.faults ?? [], ...faults].includes('reorder') ? messages.toReversed() : messages
      const deliveries: Delivery[] = []
      for (const message of order) deliveries.push(await deliver(message, { faults }))
      return deliveries
    },
    transcript
  }
}

/** WeCom takes content that begins otherwise than before: that is between a bot and its user. */
function isOfWecom ({ name }: StreamProblem): boolean {
  return name !== 'rewrites'
}
