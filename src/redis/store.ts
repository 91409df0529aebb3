import { randomUUID } from 'node:crypto'
import type { AttachOptions, AttemptStore, Outcome } from '../delivery/attempts.js'
import { RETRY_WINDOW } from '../delivery/wecom-times.js'
import { RedisAttempt } from './attempt.js'
import { createCommands, outcomeOf, type Found } from './commands.js'
import { createLeases, type HeldRun } from './leases.js'
import { checkRedisStoreOptions, type RedisStoreOptions } from './options.js'
import { isPlain } from './run-text.js'
import { createSubscription } from './subscription.js'
import { createWaiters } from './waiters.js'
import { createWarnings } from './warnings.js'

/**
 * Brings together the attempts for one message over many processes and machines, by way of Redis: the handler runs in
 * one of them, all of them answer with its reply. Needs Redis 6 or later, or what speaks as it does (Valkey).
 *
 * What it guarantees: of all attempts for a message that reach Redis, one at a time runs the handler; what is decided
 * first (the reply, the acknowledgement) holds for all; a run whose process died is free after its lease and a third;
 * after a failure the message may be handled again. Leases and lifetimes go by Redis' clock, so the clocks of the
 * processes do not matter. Decided runs are remembered for as long as the caller says, at least 60 seconds, at most 30
 * days.
 *
 * What it does not guarantee: a handler runs a second time if its process stands still (a blocked event loop) or is cut
 * off from Redis for longer than `lease` and a third while another attempt comes; if a failover or a restart loses the
 * last writes of Redis; if Redis evicts keys because memory is short (use `maxmemory-policy noeviction`). Redis holds
 * the replies unencrypted, but no messages: the keys are hashes. docs/stores.md has the details.
 *
 * `close()` closes the connection that the store has opened, and tells waiting attempts that their run is `lost`; runs
 * that have not ended are free after their lease and a third.
 *
 * @example
 * ```ts
 * await app.register(wecom, { path: '/wecom', credentials, store: redisStore({ client: redis }) })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function redisStore (options: RedisStoreOptions): AttemptStore {
  const { client, prefix, lease, onStoreError } = checkRedisStoreOptions(options)
  const channel = `${prefix}runs`
  const commands = createCommands({ client, prefix, channel, lease })
  const warnings = createWarnings()
  let closed = false

  const waiters = createWaiters({ look: commands.look, lease, onMissed: () => { subscription.restart() } })
  const leases = createLeases({
    commands,
    lease,
    onLost (run) {
      warnings.warn(
        `another process has taken over a message of this one, whose lease was not renewed for ${lease} ms: the ` +
          'message may be handled twice; check what blocks the event loop or the connection to Redis, or raise lease'
      )
      decide(run, { state: 'lost' })
    },
    onSettled: decide
  })
  const subscription = createSubscription({
    client,
    channel,
    onMessage (message) {
      const [, word = '', owner = '', key = ''] = /^(\w+):([^:]+):(.*)$/s.exec(message) ?? []
      const held = leases.of(owner)
      if (word === 'acknowledged' && held !== undefined) held.acknowledged = true
      if (held !== undefined && (word === 'acknowledged' || word === 'lost')) held.decided ??= outcomeOf(word, '')
      waiters.receive(word, owner, key)
    },
    onListening () {
      // Redis may have come back empty: runs first, then those who wait for them.
      leases.renew()
      // Their own attempts may have no place among those who look now.
      for (const run of leases.all()) {
        waiters.join(run.key, run.owner, lease, false).outcome.then(outcome => { run.decided ??= outcome }, () => {})
      }
      waiters.recheck()
    },
    onFault: error => {
      warnings.warn(
        `the connection on which Redis wakes waiting requests fails, so they wake up to ${lease} ms late: ` +
          `${String(error)}`
      )
    }
  })

  const parts = { commands, leases, waiters, decide }

  return {
    onStoreError,

    async attach (key, attach) {
      if (closed) throw new Error('the Redis store is closed')
      warnings.use(attach.warn)
      subscription.start()
      const keepFor = lifetime(attach)
      const coming = waiters.expect(key)
      try {
        const [token, milliseconds] = [randomUUID(), keepFor()]
        const begun = leases.ownerOf(key) === undefined && isPlain(milliseconds, lease)
          ? await commands.begin(key, token, milliseconds)
          : undefined
        // Asked for again: another attempt may have begun it here meanwhile.
        const found = begun ?? await commands.attach(key, token, milliseconds, leases.ownerOf(key))
        const held = found.outcome === 'owned' ? hold(key, found, keepFor) : undefined
        return new RedisAttempt(parts, { key, found, keepFor, missed: coming.missed, held })
      } finally {
        coming.end()
      }
    },

    async close () {
      closed = true
      leases.close()
      waiters.close()
      await subscription.close()
    }
  }

  /** A run of this process has come to something: for who waits, and for who asks later. */
  function decide (run: HeldRun, outcome: Outcome): void {
    run.decided ??= outcome
    waiters.decide(run.owner, outcome)
  }

  function hold (key: string, { number, owner, acknowledged, begunFor }: Found, keepFor: () => number): HeldRun {
    const run: HeldRun = {
      key,
      owner,
      attempts: number,
      seen: number,
      acknowledged,
      begunFor,
      keepFor,
      attached: 0,
      leftAt: performance.now(),
      ending: undefined,
      decided: undefined,
      busy: false
    }
    // After close() nobody would renew it: it is free after its lease.
    if (!closed) leases.hold(run)
    return run
  }
}

/** Where the caller says Infinity. 30 days, in milliseconds. */
const LONGEST = 30 * 24 * 60 * 60 * 1_000

/**
 * How long, from whenever it is asked, a run is to be remembered, and never less than WeCom's retries take, whatever
 * the caller says: counted on a clock that does not jump.
 */
function lifetime ({ keepUntil }: AttachOptions): () => number {
  const end = performance.now() + Math.min(keepUntil - Date.now(), LONGEST)
  return () => Math.ceil(Math.max(RETRY_WINDOW, end - performance.now()))
}
