import type { Cluster, Redis } from 'ioredis'
import { withTimeout } from '../support/with-timeout.js'

/** The connection on which Redis says which runs are decided: a connection that listens can do nothing else. */
export interface Subscription {
  /** Connects unless it has; comes back by itself after that. */
  start (): void
  /** Nothing has been heard that should have been: connects anew. */
  restart (): void
  close (): Promise<void>
}

export interface SubscriptionOptions {
  /** The user's client, which is copied and otherwise left alone. */
  client: Redis | Cluster
  channel: string
  onMessage (message: string): void
  /** It listens, for the first time or again: what was said before was not heard. */
  onListening (): void
  onFault (error: unknown): void
}

/** How long to wait before Redis is asked again that has refused to let us listen, milliseconds. */
const RETRY = 2_000

/** The client destroys a connection that does not end within 2 seconds. Milliseconds. */
const CLOSING = 3_000

export function createSubscription ({
  client, channel, onMessage, onListening, onFault
}: SubscriptionOptions): Subscription {
  let connection: Redis | Cluster | undefined
  let listening = false
  let closed = false

  function listen (subscriber: Redis | Cluster): void {
    subscriber.subscribe(channel).then(() => {
      if (subscriber !== connection) return
      listening = true
      onListening()
    }, (error: unknown) => {
      if (subscriber !== connection) return
      onFault(error)
      // Where the connection has gone, it listens when it is back; where Redis refused, nothing else would ask again.
      setTimeout(() => {
        if (subscriber === connection && !listening && subscriber.status === 'ready') listen(subscriber)
      }, RETRY).unref()
    })
  }

  return {
    start () {
      if (connection !== undefined || closed) return
      const subscriber = connection = copy(client)
      subscriber.on('message', (from: string, message: string) => { if (from === channel) onMessage(message) })
      subscriber.on('error', onFault)
      subscriber.on('ready', () => { listen(subscriber) })
      subscriber.on('close', () => { listening = false })
      subscriber.on('end', () => { if (subscriber === connection) connection = undefined })
      subscriber.connect().catch(() => {})
    },

    restart () {
      if (listening) connection?.disconnect(true)
    },

    async close () {
      closed = true
      const subscriber = connection
      connection = undefined
      if (subscriber === undefined || subscriber.status === 'end') return
      const ended = new Promise(resolve => { subscriber.once('end', resolve) })
      const between = subscriber.status === 'reconnecting'
      // Not quit(): a Redis that hangs would keep it waiting for the answer.
      subscriber.disconnect()
      // Between two connections there is none whose end would be told.
      if (!between) await withTimeout(async () => await ended, CLOSING).catch(() => {})
    }
  }
}

/**
 * As the user's client, but patient: it must outlive every fault of Redis, and the client may have been told to give
 * up.
 */
function copy (client: Redis | Cluster): Redis | Cluster {
  const retry = (times: number): number => Math.min(50 * 2 ** Math.min(times, 10), 2_000)
  // A cluster's client makes the connection that listens by itself, and takes up the channel again when it changes
  // nodes.
  if (isCluster(client)) {
    return client.duplicate([], { lazyConnect: true, enableOfflineQueue: true, clusterRetryStrategy: retry })
  }
  // The client's own way of listening again leaves a rejection unhandled.
  return client.duplicate({ lazyConnect: true, enableOfflineQueue: true, autoResubscribe: false, retryStrategy: retry })
}

function isCluster (client: Redis | Cluster): client is Cluster {
  return client.isCluster
}
