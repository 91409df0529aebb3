import { Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { quote, wecomError } from '../errors.js'
import { optionInvalid } from '../support/options.js'
import { stripErrorDetails } from '../support/strip-error-details.js'
import type { InboxConnection } from './connection.js'
import type { InboxEncryptionKey, JobData } from './sealed-job.js'

/** What server and workers must agree on. */
export interface QueueOptions {
  /**
   * An ioredis client or Cluster, or options for a client.
   *
   * @example connection: { host: 'localhost', port: 6379 }
   */
  connection: InboxConnection
  /**
   * What encrypts the jobs, see {@link InboxEncryptionKey}; the same for server and workers. Required; `false` switches
   * it off.
   *
   * @example encryptionKey: process.env.INBOX_KEY!
   */
  encryptionKey: InboxEncryptionKey
  /**
   * A queue of the inbox alone; no colons. Default `wecom-inbox`.
   *
   * @example queueName: 'contacts-inbox'
   */
  queueName?: string
  /**
   * What BullMQ's keys begin with; on a Redis Cluster in braces, as in `{bull}`. Default `bull`.
   *
   * @example prefix: '{bull}'
   */
  prefix?: string
}

/** Their names. */
export const QUEUE_OPTIONS = ['connection', 'encryptionKey', 'queueName', 'prefix']

/** How many messages stand where. */
export interface InboxCounts {
  waiting: number
  active: number
  /** Failed, to be tried again. */
  delayed: number
  /** Handled, and still remembered. */
  completed: number
  /** Dead letters. */
  failed: number
}

/** BullMQ's name of every job: says nothing. */
export const JOB_NAME = 'message'

/** A queue over a connection of our own. */
export function openQueue (client: Redis | Cluster, queueName: string, prefix: string): Queue<JobData> {
  // The check of Redis' version may fail while Redis restarts, and BullMQ makes it once: a queue whose check failed
  // stays broken for good. Workers check.
  return new Queue<JobData>(queueName, { connection: client, prefix, skipVersionCheck: true })
}

export async function countJobs (queue: Queue<JobData>): Promise<InboxCounts> {
  const {
    waiting = 0,
    active = 0,
    delayed = 0,
    completed = 0,
    failed = 0
  } = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
  return { waiting, active, delayed, completed, failed }
}

export function checkQueueName (queueName: unknown): string {
  if (typeof queueName === 'string' && queueName !== '' && !queueName.includes(':')) return queueName
  throw optionInvalid('queueName to be a text without colons', quote(queueName), "Leave it out for 'wecom-inbox'.")
}

/** What everything here rejects with while Redis does not do as told. */
export function unavailable (cause: unknown): Error {
  const bare = stripErrorDetails(cause)
  return wecomError('WECOM_INBOX_UNAVAILABLE', {
    expected: 'Redis to take the command',
    got: bare.message,
    fix: 'Check that Redis runs, can be reached and has memory left. Connections recover on their own.',
    cause: bare
  })
}
