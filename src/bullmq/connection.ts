import { stripErrorDetails } from '../support/strip-error-details.js'
import { Redis, type Cluster, type RedisOptions } from 'ioredis'
import { quote } from '../errors.js'
import { createThrottle } from '../support/throttle.js'
import { optionInvalid } from '../support/options.js'

/**
 * An ioredis client or Cluster, or options for a client, as BullMQ takes them (`url` for a redis:// URL). A client is
 * duplicated: it stays the caller's, with its own settings, and is not closed here.
 */
export type InboxConnection = Redis | Cluster | (RedisOptions & { url?: string })

/** Connections of our own: how they behave while Redis is down is part of what an inbox promises. */
export interface OwnConnection {
  client: Redis | Cluster
  /** Cuts the client and whatever BullMQ duplicated from it, without asking Redis. */
  cut (): void
}

/** What the two sides set differently, see ioredis. */
export type ConnectionSettings = Required<Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest'>> &
  Pick<RedisOptions, 'socketTimeout' | 'keepAlive'>

/** Opens a connection with the caller's address and our settings. */
export function ownConnection (
  connection: InboxConnection,
  settings: ConnectionSettings,
  onError: (error: Error) => void
): OwnConnection {
  const client = open(connection, { ...SHARED, ...settings })
  if (client.options.keyPrefix) {
    client.disconnect()
    throw optionInvalid(
      'a connection without keyPrefix, which BullMQ cannot work with',
      quote(client.options.keyPrefix),
      'Leave it out and give the option prefix.'
    )
  }
  const clients: Array<Redis | Cluster> = []
  // BullMQ duplicates the client for its blocking reads and may wait for that copy forever while Redis is down.
  const track = (made: Redis | Cluster): void => {
    const duplicate = made.duplicate.bind(made) as (...args: unknown[]) => Redis | Cluster
    made.duplicate = (...args: unknown[]) => {
      const copy = duplicate(...args)
      track(copy)
      return copy as Redis & Cluster
    }
    clients.push(made)
  }
  track(client)
  client.on('error', onError)
  return { client, cut: () => { for (const each of clients) end(each) } }
}

/**
 * A client that waits to connect again would be disconnected without a word, and BullMQ would wait for the event `end`.
 */
function end (client: Redis | Cluster): void {
  if (client.status === 'reconnecting') client.connect().catch(() => {})
  client.disconnect()
}

const SHARED = {
  lazyConnect: false,
  // The end of a broken connection is not waited for: it would only hold the process.
  disconnectTimeout: 100,
  // The shape of answers that BullMQ knows, whatever the caller's client has.
  replyMapping: 'legacy',
  // BullMQ connects once: a client that gives up never comes back.
  retryStrategy: (times: number) => Math.min(times * 100, 1_000)
} as const

/** After a failover the old master still answers, but takes nothing: connect anew. */
function reconnectOnError (error: Error): boolean {
  return error.message.startsWith('READONLY')
}

function open (connection: InboxConnection, settings: ConnectionSettings & typeof SHARED): Redis | Cluster {
  if (typeof connection !== 'object' || connection === null) {
    throw optionInvalid(
      'connection to be an ioredis client or options for one',
      quote(connection),
      "Give connection: { host: '…', port: 6379 }, or { url: 'redis://…' }, or new Redis(…)."
    )
  }
  if (isCluster(connection)) {
    // The others are the Cluster's own: it connects to its nodes as it needs them, and comes back by its own strategy.
    const { enableOfflineQueue, maxRetriesPerRequest, socketTimeout, keepAlive, disconnectTimeout, replyMapping } =
      settings
    const redisOptions = {
      maxRetriesPerRequest,
      disconnectTimeout,
      replyMapping,
      ...(socketTimeout === undefined ? {} : { socketTimeout }),
      ...(keepAlive === undefined ? {} : { keepAlive })
    }
    return connection.duplicate([], { lazyConnect: false, enableOfflineQueue, redisOptions })
  }
  if (isClient(connection)) {
    return connection.duplicate({
      ...settings,
      reconnectOnError: connection.options.reconnectOnError ?? reconnectOnError
    })
  }
  const { url, ...given } = connection
  const options = { reconnectOnError, ...given, ...settings }
  return url === undefined ? new Redis(options) : new Redis(url, options)
}

function isClient (connection: InboxConnection): connection is Redis | Cluster {
  // Not instanceof: the caller's ioredis may be another copy of the package.
  return 'duplicate' in connection && typeof connection.duplicate === 'function'
}

function isCluster (connection: InboxConnection): connection is Cluster {
  return isClient(connection) && connection.isCluster
}

/** Reports trouble, the same at most once a minute: every attempt to reconnect fails the same way. */
export function createReporter (report: (error: Error) => unknown): (error: unknown) => void {
  const due = createThrottle()
  return error => {
    const bare = stripErrorDetails(error)
    // A hook of the user's must not end the process: it is called where nobody catches anything.
    if (due(bare.message)) {
      Promise.resolve()
        .then(() => report(bare))
        .catch((failure: unknown) => {
          console.error(`fastify-wecom inbox: onError failed: ${stripErrorDetails(failure).message}`)
        })
    }
  }
}
