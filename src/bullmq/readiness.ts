import type { Cluster, Redis } from 'ioredis'

/** Whether commands may be sent. */
export interface Readiness {
  /** Resolves as soon as the client is connected; rejects with why it is not after `timeout` milliseconds. */
  wait (timeout: number): Promise<void>
}

/**
 * Waits without leaving anything behind: BullMQ's own waiting ends with the outage only, and would keep every message
 * that was refused in memory until then, to add it after all.
 */
export function createReadiness (client: Redis | Cluster): Readiness {
  const waiting = new Set<() => void>()
  let trouble = 'no connection yet'
  client.on('ready', () => { for (const resolve of waiting) resolve() })
  client.on('error', (error: Error & { code?: string }) => { trouble = error.message || (error.code ?? trouble) })

  return {
    async wait (timeout) {
      if (client.status === 'ready') return
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(done)
          reject(new Error(`no connection within ${timeout} ms (${trouble})`))
        }, timeout)
        const done = (): void => {
          clearTimeout(timer)
          waiting.delete(done)
          resolve()
        }
        waiting.add(done)
      })
    }
  }
}
