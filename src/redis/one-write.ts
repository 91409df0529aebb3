// Node's own: one that a test has replaced must not hold the connection back.
import { setImmediate } from 'node:timers'
import type { Cluster, Redis } from 'ioredis'

/**
 * What the client sends in this turn of the event loop leaves at its end, in one write. A busy server has several
 * messages a turn, and a write costs the process, and a read costs Redis, as much as many of these commands.
 */
export function writeTogether (client: Redis | Cluster): void {
  // A cluster's client has a connection to every node, and knows alone which one a command goes to.
  if (client.isCluster) return
  // None before the client connects.
  const stream = (client as Redis).stream as Redis['stream'] | undefined
  // Whoever holds it back already sees to its end.
  if (stream === undefined || stream.writableCorked > 0) return
  stream.cork()
  setImmediate(letGo, stream)
}

function letGo (stream: Redis['stream']): void {
  stream.uncork()
}
