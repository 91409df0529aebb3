import type { Cluster, Redis } from 'ioredis'

/** What one search has found. */
export interface Requeued {
  /** How many were put back. */
  found: number
  /** False where some could not be looked at now. */
  complete: boolean
}

/** Looks for messages that are in Redis, but nowhere in the queue: no worker would ever take one. */
export interface OrphanSearch {
  close (): void
}

/** Between the connection and the search, milliseconds: those who come back to Redis first send what waits for it. */
const SOONEST = 1_000
/** Not all servers at the same moment. */
const SPREAD = 4_000
/** Until the next search after one that did not come to its end. */
const AGAIN = 10_000

/**
 * BullMQ moves a message by scripts, and Redis keeps a script's commands together; except where a kill or a power cut
 * has ended the append-only file in the middle of them. Redis then loads none of them, but leaves those that are whole
 * in the file, and runs them when it loads the file once more (https://github.com/valkey-io/valkey/pull/4342). So a
 * message can have left one list without having come to the next, or have a job without having come to the queue at
 * all: its repeat is then acknowledged as a duplicate.
 *
 * So orphans can be there whenever Redis has been started, which is whenever there is a new connection.
 */
export function createOrphanSearch (
  client: Redis | Cluster,
  requeue: () => Promise<Requeued>,
  report: (error: unknown) => void
): OrphanSearch {
  let closed = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function search (): Promise<void> {
    try {
      const { found, complete } = await requeue()
      if (found > 0) report(new Error(`${found} messages had lost their place in the queue as Redis crashed: put back`))
      if (!complete) searchIn(AGAIN)
    } catch (error) {
      if (closed) return
      report(error)
      searchIn(AGAIN)
    }
  }

  function searchIn (milliseconds: number): void {
    if (closed) return
    timer ??= setTimeout(() => {
      timer = undefined
      // The next connection has its own search.
      if (client.status === 'ready') search().catch(report)
    }, milliseconds).unref()
  }

  const connected = (): void => { searchIn(SOONEST + Math.random() * SPREAD) }
  client.on('ready', connected)
  // A cluster stays ready when one of its nodes comes back.
  client.on('+node', connected)

  return {
    close () {
      closed = true
      clearTimeout(timer)
    }
  }
}
