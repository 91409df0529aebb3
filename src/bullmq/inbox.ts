import type { CallbackContext } from '../delivery/context.js'
import { acceptedBy, refuseAsync } from '../delivery/accepts.js'
import type { Inbox, InboxMessage } from '../delivery/inbox.js'
import { quote } from '../errors.js'
import { kindOf, mayTakePassiveReply } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { checkCount, checkDuration, checkNames, checkUnit, optionInvalid, warnUnit } from '../support/options.js'
import { withTimeout } from '../support/with-timeout.js'
import { createReporter, ownConnection } from './connection.js'
import { listDeadLetters, retryDeadLetter, type DeadLetter, type DeadLetterRange } from './dead-letters.js'
import { createMemory } from './memory.js'
import { createOrphanSearch } from './orphans.js'
import {
  checkQueueName, countJobs, JOB_NAME, openQueue, QUEUE_OPTIONS, unavailable, type InboxCounts, type QueueOptions
} from './queue.js'
import { createReadiness } from './readiness.js'
import { createSealer } from './sealed-job.js'

/** What `bullmqInbox` takes. Durations are in milliseconds. */
export interface BullmqInboxOptions extends QueueOptions {
  /**
   * Which messages go through the queue. Default: kinds without a passive reply, except events with a WelcomeCode
   * (which is valid for 20 seconds) and bots; also unknown kinds, if no kind of their family takes a passive reply, as
   * with a new ChangeType of `event.change_contact`. The reply to a message that goes through the queue reaches
   * `onLateReply` of the worker, not WeCom. Must not be async: a promise is refused, WECOM_OPTION_INVALID.
   *
   * @example accept: context => context.kind.startsWith('event.change_contact')
   */
  accept?: (context: CallbackContext) => boolean
  /**
   * How often a handler is tried before its message becomes a dead letter. Default 10.
   *
   * @example attempts: 5
   */
  attempts?: number
  /**
   * How long after the first failure it is tried again; twice as long after each further one, with jitter. Default
   * 1 000 ms.
   *
   * @example backoff: 5_000
   */
  backoff?: number
  /**
   * How long dead letters are kept; longer if a captured request could still pass. Default 604 800 000 ms (7 days).
   *
   * @example deadLetterAge: 30 * 24 * 3_600_000
   */
  deadLetterAge?: number
  /**
   * How long a handled message is remembered, so that it is not handled again; longer if a captured request could still
   * pass. Default 600 000 ms (10 minutes).
   *
   * @example completedAge: 3_600_000
   */
  completedAge?: number
  /**
   * How many handled messages are remembered at most, for Redis' memory: about 2 KB each. Default 100 000.
   *
   * @example completedCount: 10_000
   */
  completedCount?: number
  /**
   * How long Redis may take for one command before it counts as down. Default 1 000 ms.
   *
   * @example timeout: 2_000
   */
  timeout?: number
  /**
   * Trouble with the connection, the same at most once a minute. Default: a line on stderr.
   *
   * @example onError: error => { app.log.warn(error) }
   */
  onError?: (error: Error) => void
}

/** An inbox in Redis, for the option `inbox`, with methods to monitor it. */
export interface BullmqInbox extends Inbox {
  close (): Promise<void>
  /** @throws WecomError WECOM_INBOX_UNAVAILABLE */
  counts (): Promise<InboxCounts>
  /**
   * Messages whose handler has failed for good, decrypted, the latest first.
   *
   * @throws WecomError WECOM_INBOX_UNAVAILABLE
   */
  deadLetters (range?: DeadLetterRange): Promise<DeadLetter[]>
  /**
   * Puts a dead letter back into the queue, with all its attempts. Resolves with false if no dead letter has this key.
   *
   * @throws WecomError WECOM_INBOX_UNAVAILABLE
   */
  retryDeadLetter (key: string): Promise<boolean>
  /**
   * Forgets a dead letter early. Resolves with false if no dead letter has this key.
   *
   * @throws WecomError WECOM_INBOX_UNAVAILABLE
   */
  discardDeadLetter (key: string): Promise<boolean>
}

/**
 * A durable inbox on Redis by BullMQ: a message is acknowledged to WeCom after Redis has taken it, and
 * `createInboxWorker` handles it, here or on another machine. At least once: a run that was cut off starts again, so
 * handlers must be idempotent by `context.key`. What Redis has taken survives as much as its persistence does: see
 * docs/inbox.md.
 *
 * `put` rejects with WECOM_INBOX_UNAVAILABLE within `timeout` while Redis is down; WeCom then gets 503 and tries again.
 *
 * @example
 * ```ts
 * await app.register(wecom, { path: '/wecom', credentials, inbox: bullmqInbox({ connection, encryptionKey }) })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function bullmqInbox (options: BullmqInboxOptions): BullmqInbox {
  checkNames('bullmqInbox', options, KNOWN)
  const {
    connection,
    encryptionKey,
    accept = handledLater,
    queueName = 'wecom-inbox',
    prefix = 'bull',
    onError = warn
  } = options
  const {
    attempts = 10,
    backoff = 1_000,
    deadLetterAge = 7 * 24 * 3_600_000,
    completedAge = 600_000,
    completedCount = 100_000,
    timeout = 1_000
  } = options
  if (typeof accept !== 'function') {
    throw optionInvalid('accept to be a function', quote(accept), 'Leave it out for kinds without a passive reply.')
  }
  refuseAsync('accept', accept)
  checkUnit('timeout', checkDuration('timeout', timeout), 50)
  const jobOptions = {
    attempts: checkCount('attempts', attempts),
    backoff: { type: 'exponential', delay: warnUnit('backoff', checkDuration('backoff', backoff), 50), jitter: 0.5 },
    // What has ended is forgotten by our own measure, see memory-scripts.ts.
    removeOnComplete: false,
    removeOnFail: false,
    stackTraceLimit: 0
  }
  const measure = {
    completedAge: warnUnit(
      'completedAge',
      checkUnit('completedAge', checkDuration('completedAge', completedAge), 50),
      1_000
    ),
    deadLetterAge: warnUnit(
      'deadLetterAge',
      checkUnit('deadLetterAge', checkDuration('deadLetterAge', deadLetterAge), 50),
      1_000
    ),
    completedCount: checkCount('completedCount', completedCount)
  }
  const sealer = createSealer(encryptionKey)
  checkQueueName(queueName)
  const report = createReporter(onError)
  // Commands fail at once while Redis is away instead of piling up here; a Redis that has stopped answering is left for
  // good.
  const { client, cut } = ownConnection(
    connection,
    { enableOfflineQueue: false, maxRetriesPerRequest: 0, socketTimeout: 5 * timeout },
    report
  )
  const readiness = createReadiness(client)
  const queue = openQueue(client, queueName, prefix)
  queue.on('error', report)
  const memory = createMemory(client, queue, measure)
  const orphans = createOrphanSearch(client, memory.requeue, report)
  let closed = false

  async function ask<T> (work: (inTime: () => void) => Promise<T>): Promise<T> {
    const deadline = performance.now() + timeout
    try {
      if (closed) throw new Error('this inbox is closed')
      await readiness.wait(timeout)
      const inTime = () => { if (performance.now() > deadline) throw new Error(`no answer within ${timeout} ms`) }
      return await withTimeout(async () => await work(inTime), Math.max(1, deadline - performance.now()))
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  let tidying: Promise<void> | undefined

  /** BullMQ forgets nothing here. */
  async function tidy (): Promise<void> {
    await (tidying ??= memory.tidy().finally(() => { tidying = undefined }))
  }

  let taken = 0
  function tidySoon (): void {
    if (client.status === 'ready') tidy().catch(report)
  }
  const timer = setInterval(tidySoon, Math.min(60_000, Math.max(1_000, Math.min(completedAge, deadLetterAge) / 10)))
  timer.unref()

  return {
    accepts: context => acceptedBy('accept', accept(context)),

    async put (message, { keepUntil = 0 } = {}) {
      const jobId = checkKey(message.key)
      const data = sealer.seal(message)
      await ask(async inTime => {
        await memory.remember(jobId, keepUntil - Date.now())
        // Who was refused sends it again: it must not be added after all.
        inTime()
        await queue.add(JOB_NAME, data, { ...jobOptions, jobId })
      })
      if (++taken % TIDIED_AFTER === 0) tidySoon()
    },

    async counts () {
      return await ask(async () => {
        await tidy()
        return await countJobs(queue)
      })
    },

    async deadLetters (range = {}) {
      checkNames('deadLetters', range, ['start', 'limit'])
      return await ask(async () => {
        await tidy()
        return await listDeadLetters(queue, sealer, range)
      })
    },
    retryDeadLetter: async key => await ask(async () => await retryDeadLetter(queue, key)),
    discardDeadLetter: async key => await ask(async () => await memory.discard(key)),

    async close () {
      closed = true
      clearInterval(timer)
      orphans.close()
      await queue.close()
      cut()
    }
  }
}

/** How many messages may come in before what is old is forgotten, whatever the time. */
const TIDIED_AFTER = 1_000

/** WeCom waits for the answer to the others, or the user does. */
function handledLater ({ message }: CallbackContext): boolean {
  const fields = message as unknown as MessageObject
  const { product } = kindOf(fields)
  return (product === 'app' || product === 'info') && !('WelcomeCode' in fields) && !mayTakePassiveReply(fields)
}

/** Run keys are digests. Another inbox's caller could pass what people wrote, or what BullMQ takes for its own. */
function checkKey (key: InboxMessage['key']): string {
  if (typeof key === 'string' && /^(?!\d+$)[\w-]{1,128}$/.test(key)) return key
  throw optionInvalid(
    'the key of a message to be letters, digits, - and _',
    quote(key),
    'Use the run key, or a digest in base64url.'
  )
}

function warn (error: Error): void {
  console.error(`fastify-wecom inbox: ${error.message}`)
}

const KNOWN = [
  ...QUEUE_OPTIONS,
  'accept',
  'attempts',
  'backoff',
  'deadLetterAge',
  'completedAge',
  'completedCount',
  'timeout',
  'onError'
]
