import type { Job, Queue } from 'bullmq'
import type { InboxMessage } from '../delivery/inbox.js'
import type { JobData, Sealer } from './sealed-job.js'

/** A message whose handler has failed for good. */
export interface DeadLetter {
  key: string
  /** Undefined where none of the keys opens it: `reason` is then WECOM_INBOX_UNREADABLE. */
  message: InboxMessage | undefined
  failedAt: Date
  /** How often it was tried. */
  attempts: number
  /** Name and code of the last error; its text went to the worker's log only. */
  reason: string
}

/** Which dead letters, counted from the latest. */
export interface DeadLetterRange {
  /**
   * How many of the latest are left out. Default 0.
   *
   * @example start: 100
   */
  start?: number
  /**
   * How many at most. Default 100.
   *
   * @example limit: 50
   */
  limit?: number
}

export async function listDeadLetters (
  queue: Queue<JobData>,
  sealer: Sealer,
  { start = 0, limit = 100 }: DeadLetterRange
): Promise<DeadLetter[]> {
  const jobs = await queue.getFailed(start, start + limit - 1)
  return jobs.map(job => ({
    key: job.id as string,
    message: readable(job, sealer),
    failedAt: new Date(job.finishedOn ?? job.timestamp),
    attempts: job.attemptsMade,
    reason: job.failedReason ?? ''
  }))
}

export async function retryDeadLetter (queue: Queue<JobData>, key: string): Promise<boolean> {
  const job = await queue.getJob(key)
  if (job === undefined || !await job.isFailed()) return false
  try {
    await job.retry('failed', { resetAttemptsMade: true })
    return true
  } catch (error) {
    // Somebody else was faster.
    if (await job.isFailed()) throw error
    return false
  }
}

function readable (job: Job<JobData>, sealer: Sealer): InboxMessage | undefined {
  try {
    return sealer.open(job.data, job.id as string)
  } catch {
    return undefined
  }
}
