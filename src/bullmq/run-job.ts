import { UnrecoverableError, WaitingError, type Job } from 'bullmq'
import type { CallbackContext } from '../delivery/context.js'
import type { MessageObject } from '../message/object.js'
import type { WecomMessage } from '../message/types.js'
import { senderOf } from '../receiver/receive.js'
import { composeReply, parseMessage, type ComposedReply } from '../receiver/worker-kit.js'
import type { LateReply } from '../reply/types.js'
import { stripErrorDetails, isError, isWecomError, loggableError, wordFor } from '../support/strip-error-details.js'
import { isLog, writeLine, type Log } from '../telemetry/log.js'
import type { InboxLog } from './console-log.js'
import type { JobData, Sealer } from './sealed-job.js'
import { serverOnly } from './server-only.js'

/** A message and its handling by a worker. */
export interface InboxContext<L extends Log = InboxLog> extends Omit<CallbackContext<L>, 'attempt'> {
  /** The same for every run of this message, and for no other message: make effects idempotent by it. */
  readonly key: string
  /** Which run of this message this is; 1 for the first. Runs that were cut off count. */
  readonly attempt: number
  /** How often it will be tried again if this run fails. */
  readonly attemptsLeft: number
}

/** What became of a message: nothing of its text. */
export interface InboxOutcome {
  key: string
  kind: string
  attempt: number
  /**
   * `retried`: it failed and will run again; `dead`: it failed for good; `returned`: this worker closed before it
   * ended.
   */
  outcome: 'completed' | 'retried' | 'dead' | 'returned'
  /** How long it ran, milliseconds. */
  ms: number
  /** Name and code of the error. */
  reason?: string
}

export interface JobRunnerOptions<L extends Log> {
  handle: (message: WecomMessage, context: InboxContext<L>) => unknown
  sealer: Sealer
  log: L
  lateReply: ((reply: LateReply, context: InboxContext<L>) => unknown) | undefined
  lateError: (error: unknown, context: InboxContext<L>) => void
  unreadable: (error: Error) => void
  outcome: (outcome: InboxOutcome) => void
}

/** Runs jobs of BullMQ and remembers which run. */
export interface JobRunner {
  /** BullMQ's processor. What it throws goes to Redis, so it holds nothing of the message. */
  run (job: Job<JobData>, token?: string): Promise<void>
  /** BullMQ has recorded the end of a job. */
  completed (job: Job<JobData>): void
  failed (job: Job<JobData>, error: Error): void
  running (): number
  /** Aborts the signals of these runs, or of all. */
  abort (reason: string, keys?: readonly string[]): void
  /** Gives the messages that still run back to the queue. */
  giveUp (): void
}

interface RunningJob {
  key: string
  startedAt: number
  kind: string
  controller: AbortController
  /** The worker closes: what does not end goes back to the queue. */
  closing: boolean
  givenUp: Promise<void>
  giveUp (): void
}

export function createJobRunner<L extends Log> ({
  handle, sealer, log, lateReply, lateError, unreadable, outcome
}: JobRunnerOptions<L>): JobRunner {
  // No map by key: a message whose lock was lost may come back here while its first run goes on.
  const running = new Set<RunningJob>()
  const known = new WeakMap<Job<JobData>, RunningJob>()

  /** Message and context as the server had them. */
  function rebuild (job: Job<JobData>, run: RunningJob): InboxContext<L> {
    const { id: key = '', attemptsStarted: attempt } = job
    const message = sealer.open(job.data, key)
    run.kind = message.kind
    const parsed = parseMessage(message.plaintext).message
    return {
      ...message,
      ...serverOnly,
      message: parsed,
      sender: senderOf(parsed as unknown as MessageObject),
      attempt,
      attemptsLeft: Math.max(0, (job.opts.attempts ?? 1) - job.attemptsMade - 1),
      signal: run.controller.signal,
      log: childOf(log, fieldsOf({ kind: message.kind, key, attempt }))
    }
  }

  async function callHandler (context: InboxContext<L>): Promise<void> {
    const value = await handle(context.message, context)
    let composed: ComposedReply | undefined
    try {
      composed = composeReply(context.plaintext, value)
    } catch (error) {
      // What the handler did is done: another run would only do it once more.
      writeLine(
        log, 'error', { ...fieldsOf(context), err: loggableError(error) },
        'the handler returned something that is not a reply'
      )
      lateError(error, context)
      return
    }
    if (composed === undefined) return
    if (lateReply === undefined) {
      writeLine(
        log, 'warn', fieldsOf(context),
        'the reply is dropped: WeCom has its answer. Set onLateReply and send it with the message API'
      )
    } else {
      await lateReply(composed.value, context)
    }
  }

  /** Resolves with how it ended, and never later than it was given up. */
  async function settle (
    run: RunningJob,
    handling: Promise<void>
  ): Promise<{ state: 'done' | 'returned' } | { state: 'failed', error: unknown }> {
    return await Promise.race([
      handling.then(
        () => ({ state: 'done' as const }),
        (error: unknown) => (run.closing ? { state: 'returned' as const } : { state: 'failed' as const, error })
      ),
      run.givenUp.then(() => ({ state: 'returned' as const }))
    ])
  }

  function report (job: Job<JobData>, ended: InboxOutcome['outcome'], reason?: string): void {
    const run = known.get(job)
    const { id: key = '', attemptsStarted: attempt } = job
    const result = {
      key,
      kind: run?.kind ?? 'unknown',
      attempt,
      outcome: ended,
      ms: Date.now() - (run?.startedAt ?? Date.now()),
      ...(reason === undefined ? {} : { reason })
    }
    // A failure that will be tried again has its line already, with the error.
    if (ended !== 'retried') {
      const about = { ...result, key: key.slice(0, 8) }
      writeLine(log, ended === 'dead' ? 'error' : 'info', about, 'WeCom message from the inbox')
    }
    outcome(result)
  }

  return {
    async run (job, token) {
      const run = createRun(job.id as string)
      known.set(job, run)
      running.add(run)
      try {
        let context: InboxContext<L>
        try {
          context = rebuild(job, run)
        } catch (error) {
          unreadable(error as Error)
          throw unrecoverable(error)
        }
        const settled = await settle(run, callHandler(context))
        if (settled.state === 'failed') {
          writeLine(
            log, 'error', { ...fieldsOf(context), err: loggableError(settled.error) },
            'the handler of a WeCom message from the inbox failed'
          )
          lateError(settled.error, context)
          throw nameOf(settled.error) === 'UnrecoverableError'
            ? unrecoverable(settled.error)
            : withoutText(new Error(reasonOf(settled.error)))
        }
        if (settled.state === 'returned') {
          await job.moveToWait(token)
          report(job, 'returned')
          throw new WaitingError()
        }
      } finally {
        running.delete(run)
      }
    },

    completed (job) { report(job, 'completed') },
    failed (job, error) { report(job, job.finishedOn ? 'dead' : 'retried', error.message) },
    running: () => running.size,
    abort (reason, keys) {
      for (const run of running) {
        if (keys !== undefined && !keys.includes(run.key)) continue
        run.closing ||= keys === undefined
        run.controller.abort(new DOMException(reason, 'AbortError'))
      }
    },
    giveUp () { for (const run of running) run.giveUp() }
  }
}

/** What every line about a message says of it. */
function fieldsOf ({ kind, key, attempt }: Pick<InboxContext, 'kind' | 'key' | 'attempt'>): object {
  return { kind, key: key.slice(0, 8), attempt }
}

/** pino's and Fastify's loggers put these fields on the handler's own lines as well; others have no such thing. */
function childOf<L extends Log> (log: L & { child?: (fields: object) => L }, fields: object): L {
  try {
    const child = log.child?.(fields)
    if (isLog(child)) return child
  } catch {}
  return log
}

function createRun (key: string): RunningJob {
  let giveUp = (): void => {}
  const givenUp = new Promise<void>(resolve => {
    giveUp = resolve
  })
  return {
    key,
    startedAt: Date.now(),
    kind: 'unknown',
    controller: new AbortController(),
    closing: false,
    givenUp,
    giveUp
  }
}

/** Name and code of an error: its text may quote the message, and BullMQ keeps what it is thrown. */
function reasonOf (error: unknown): string {
  if (isWecomError(error)) return error.code
  const { code } = stripErrorDetails(error)
  return [nameOf(error), ...(code !== undefined && isWord(code) ? [code] : [])].join(' ')
}

function nameOf (error: unknown): string {
  return isError(error) ? wordFor(error) : 'Error'
}

function isWord (text: string): boolean {
  return /^[\w.$-]{1,64}$/.test(text)
}

function unrecoverable (error: unknown): Error {
  return withoutText(new UnrecoverableError(reasonOf(error)))
}

/** A stack names files of the user's and begins with the message. */
function withoutText (error: Error): Error {
  error.stack = ''
  return error
}
