import { Worker } from 'bullmq'
import { quote } from '../errors.js'
import type { WecomMessage } from '../message/types.js'
import type { HandlerOf } from '../reply/handler.js'
import type { HandlerValue, LateReply } from '../reply/types.js'
import { checkCount, checkDuration, checkNames, checkUnit, optionInvalid, warnUnit } from '../support/options.js'
import { withTimeout } from '../support/with-timeout.js'
import { callHook, isLog, writeLine, type Log } from '../telemetry/log.js'
import { checkXmlParser } from '../xml/read.js'
import { createReporter, ownConnection } from './connection.js'
import { consoleLog, type InboxLog } from './console-log.js'
import {
  checkQueueName, countJobs, openQueue, QUEUE_OPTIONS, unavailable, type InboxCounts, type QueueOptions
} from './queue.js'
import { createJobRunner, type InboxContext, type InboxOutcome } from './run-job.js'
import { createSealer, type JobData } from './sealed-job.js'

/** What handles the messages: a router, or a function. What it returns as a reply goes to `onLateReply`. */
export type InboxHandler<L extends Log = InboxLog> =
  | { handle: (message: WecomMessage, context: InboxContext<L>) => HandlerValue | Promise<HandlerValue> }
  | HandlerOf<[message: WecomMessage, context: InboxContext<L>], HandlerValue>

/** What `createInboxWorker` takes. Durations are in milliseconds. */
export interface InboxWorkerOptions<L extends Log = InboxLog> extends QueueOptions {
  /**
   * How many messages are handled at a time. Default 10.
   *
   * @example concurrency: 50
   */
  concurrency?: number
  /**
   * Takes the reply that a handler returned: WeCom has its answer already, so it goes out with the message API. If this
   * throws, the message is tried again, handler included. Default: a warning that the reply is dropped.
   *
   * @example onLateReply: async (reply, context) => { await save({ to: context.sender, reply }) }
   */
  onLateReply?: (reply: LateReply, context: InboxContext<L>) => unknown
  /**
   * Called each time a handler fails. The message is a dead letter if `context.attemptsLeft` is 0 or the error is
   * BullMQ's UnrecoverableError. Also called for a value that is not a reply, which is not tried again.
   * Default: only the log.
   *
   * @example onLateError: (error, context) => { console.error(context.key, context.attemptsLeft, error) }
   */
  onLateError?: (error: unknown, context: InboxContext<L>) => unknown
  /**
   * Called with the result of each run, for metrics. Contains nothing of the message's text. Default: none.
   *
   * @example onOutcome: ({ outcome }) => { console.log(outcome) }
   */
  onOutcome?: (outcome: InboxOutcome) => unknown
  /**
   * Trouble with Redis, the same trouble at most once a minute, and jobs that cannot be read. The log has them too.
   * Default: only the log.
   *
   * @example onError: error => { app.log.warn(error) }
   */
  onError?: (error: Error) => unknown
  /**
   * Where `context.log` comes from: Fastify's logger, pino, console, or anything with `info`, `warn` and `error`. Where
   * it has a method `child`, as pino's have, `context.log` is a child that names the message. Default: lines on stdout
   * and stderr, from `info` up.
   *
   * @example log: app.log
   */
  log?: L
  /**
   * How long running handlers may go on after `close()`. Default 10 000 ms.
   *
   * @example closeGrace: 30_000
   */
  closeGrace?: number
  /**
   * How long a message stays with a worker that gives no sign of life; a blocked event loop is one. Default 30 000 ms.
   *
   * @example lockDuration: 60_000
   */
  lockDuration?: number
  /**
   * How often workers look for the messages of dead workers. Default 10 000 ms.
   *
   * @example stalledInterval: 30_000
   */
  stalledInterval?: number
  /**
   * How often a message may take its worker down before it is a dead letter. Default 10.
   *
   * @example maxStalledCount: 3
   */
  maxStalledCount?: number
}

/** A worker of an inbox. */
export interface InboxWorker {
  /** @throws WecomError WECOM_INBOX_UNAVAILABLE */
  counts (): Promise<InboxCounts>
  /**
   * Takes no more messages and gives running handlers `closeGrace`. Then their signals abort, and a second later what
   * is still running goes back to the queue, for another worker.
   */
  close (): Promise<void>
}

/**
 * Handles the messages of a `bullmqInbox`, on any machine. A handler that throws is tried again, later and later, until
 * its message is a dead letter; BullMQ's UnrecoverableError makes it one at once. A message is handled at least once:
 * again where a worker died, lost Redis, or closed in the middle, so that handlers should be idempotent by
 * `context.key`.
 *
 * @example
 * ```ts
 * const worker = createInboxWorker(async message => { await save(message) }, { connection, encryptionKey })
 * process.once('SIGTERM', async () => { await worker.close() })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function createInboxWorker<L extends Log = InboxLog> (
  handler: InboxHandler<L>,
  options: InboxWorkerOptions<L>
): InboxWorker {
  checkNames('createInboxWorker', options, KNOWN)
  const {
    connection,
    encryptionKey,
    queueName = 'wecom-inbox',
    prefix = 'bull',
    log = consoleLog as Log as L,
    onError,
    onOutcome
  } = options
  const {
    concurrency = 10,
    closeGrace = 10_000,
    lockDuration = 30_000,
    stalledInterval = 10_000,
    maxStalledCount = 10
  } = options
  warnUnit('closeGrace', checkDuration('closeGrace', closeGrace), 50)
  checkUnit('lockDuration', checkDuration('lockDuration', lockDuration), 100)
  checkUnit('stalledInterval', checkDuration('stalledInterval', stalledInterval), 100)
  if (!isLog(log)) {
    throw optionInvalid(
      'log to have the methods info, warn and error',
      quote(log),
      'Give app.log, pino(), console, or leave it out.'
    )
  }
  checkCount('concurrency', concurrency)
  checkCount('maxStalledCount', maxStalledCount)
  checkQueueName(queueName)
  const handle = callable(handler)
  checkXmlParser()
  const sealer = createSealer(encryptionKey)
  const trouble = (error: Error): void => {
    writeLine(log, 'warn', { err: error }, `the inbox worker has trouble: ${error.message}`)
    callHook(log, 'onError', () => onError?.(error))
  }
  const report = createReporter(trouble)
  const runner = createJobRunner({
    handle,
    sealer,
    log,
    lateReply: options.onLateReply,
    lateError: (error, context) => { callHook(log, 'onLateError', () => options.onLateError?.(error, context)) },
    unreadable: trouble,
    outcome: outcome => { callHook(log, 'onOutcome', () => onOutcome?.(outcome)) }
  })
  const { client, cut } = ownConnection(
    connection,
    { enableOfflineQueue: true, maxRetriesPerRequest: null, keepAlive: 10_000 },
    report
  )
  const queue = openQueue(client, queueName, prefix)
  queue.on('error', report)
  const worker = new Worker<JobData>(queueName, runner.run, {
    connection: client,
    prefix,
    concurrency,
    lockDuration,
    stalledInterval,
    maxStalledCount,
    // A connection that breaks off comes back within a second or so; BullMQ would sleep for 15.
    runRetryDelay: 1_000
  })
  worker.on('error', report)
  worker.on('completed', job => { runner.completed(job) })
  worker.on('failed', (job, error) => { if (job !== undefined) runner.failed(job, error) })
  // Another worker may have the message by now.
  worker.on('lockRenewalFailed', keys => {
    runner.abort('the lock on this message was lost, another worker may handle it', keys)
  })
  worker.on('stalled', key => {
    writeLine(
      log, 'warn', { key: key.slice(0, 8) },
      'a worker died, hung or lost Redis while it handled this WeCom message: it is handled again'
    )
  })

  async function close (): Promise<void> {
    const closed = worker.close()
    // Without Redis BullMQ may wait for ever; with nothing running there is nothing to wait for.
    const idle = Math.min(1_000, closeGrace)
    const ended = await settles(closed, idle) || (runner.running() > 0 && await settles(closed, closeGrace - idle))
    if (!ended && runner.running() > 0) {
      runner.abort('the worker closes')
      await settles(closed, ABORT_GRACE)
      runner.giveUp()
      await settles(closed, ABORT_GRACE)
    }
    await settles(queue.close(), ABORT_GRACE)
    cut()
    // What waited for Redis ends now, and its timers with it.
    await settles(closed, ABORT_GRACE)
  }

  let closing: Promise<void> | undefined
  return {
    async counts () {
      try {
        return await withTimeout(async () => await countJobs(queue), 1_000)
      } catch (cause) {
        throw unavailable(cause)
      }
    },
    close: async () => { await (closing ??= close()) }
  }
}

/** How long a handler has to end after its signal, and Redis to take its message back, milliseconds. */
const ABORT_GRACE = 1_000

async function settles (promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return await withTimeout(async () => await promise, milliseconds).then(() => true, () => false)
}

function callable<L extends Log> (
  handler: InboxHandler<L>
): (message: WecomMessage, context: InboxContext<L>) => unknown {
  if (typeof handler === 'function') return handler
  if (typeof handler?.handle === 'function') return (message, context) => handler.handle(message, context)
  throw optionInvalid(
    'a router or a function to handle messages',
    quote(handler),
    'Call createInboxWorker(router, { … }) or createInboxWorker((message, context) => …, { … }).'
  )
}

const KNOWN = [
  ...QUEUE_OPTIONS,
  'concurrency',
  'onLateReply',
  'onLateError',
  'onOutcome',
  'onError',
  'log',
  'closeGrace',
  'lockDuration',
  'stalledInterval',
  'maxStalledCount'
]
