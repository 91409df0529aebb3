import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Attempt, AttemptStore, OwnedRun } from '../../src/delivery/attempts.js'

/** Two doors to the same runs: two processes, or twice the same store where it serves but one. */
export interface StorePair {
  one: AttemptStore
  other: AttemptStore
  close (): Promise<void>
}

/** What every AttemptStore does. Registers tests; call it at the top of a test file. */
export function testAttemptStore (name: string, open: () => Promise<StorePair>): void {
  describe(name, () => {
    let pair: StorePair
    beforeAll(async () => { pair = await open() })
    afterAll(async () => { await pair.close() })

    const attachOne = async (key: string): Promise<Attempt> => await attach(pair.one, key)
    const attachOther = async (key: string): Promise<Attempt> => await attach(pair.other, key)

    test('the first attempt runs the handler, further ones join it and are counted', async () => {
      const key = randomUUID()
      const attempts = [await attachOne(key), await attachOther(key), await attachOne(key)]
      expect(attempts.map(({ number, run }) => [number, run !== undefined])).toEqual([[1, true], [2, false], [3, false]])
    })

    test.each([['text', 'the reply'], ['nothing', ''], ['odd text', 'a\0b\r\n:😀"\\'], ['1.5 MB', '回'.repeat(500_000)]])('a reply of %s reaches those who wait and those who come later', async (_name, reply) => {
      const key = randomUUID()
      const first = await attachOne(key)
      const waiting = [first, await attachOne(key), await attachOther(key)]
      const done = { state: 'done', reply } as const
      expect(await owned(first).settle(done)).toEqual(done)
      const late = [await attachOne(key), await attachOther(key)]
      expect(late.map(attempt => attempt.run)).toEqual([undefined, undefined])
      for (const attempt of [...waiting, ...late]) {
        expect(await attempt.outcome).toEqual(done)
        expect(await attempt.acknowledge()).toEqual(done)
      }
    })

    test('the outcome is still open while the handler runs', async () => {
      const key = randomUUID()
      const attempts = [await attachOne(key), await attachOther(key)]
      expect(await Promise.race([...attempts.map(async attempt => await attempt.outcome), sleep(50, 'open')])).toBe('open')
    })

    test.each(['the attempt that runs it', 'an attempt that joined elsewhere'])('a run acknowledged by %s is acknowledged for all, and a later reply does not change that', async who => {
      const key = randomUUID()
      const first = await attachOne(key)
      const joined = await attachOther(key)
      const acknowledged = { state: 'acknowledged' }
      expect(await (who === 'the attempt that runs it' ? first : joined).acknowledge()).toEqual(acknowledged)
      expect(await first.outcome).toEqual(acknowledged)
      expect(await joined.outcome).toEqual(acknowledged)
      expect(await owned(first).settle({ state: 'done', reply: 'late' })).toEqual(acknowledged)
      const late = await attachOther(key)
      expect([late.number, late.run, await late.outcome]).toEqual([3, undefined, acknowledged])
    })

    test('a failure after the acknowledgement does not free the key', async () => {
      const key = randomUUID()
      const first = await attachOne(key)
      await first.acknowledge()
      expect(await owned(first).settle({ state: 'failed' })).toEqual({ state: 'acknowledged' })
      expect((await attachOther(key)).run).toBeUndefined()
    })

    test('a failure reaches those who wait and frees the key; the count of attempts goes on', async () => {
      const key = randomUUID()
      const first = await attachOne(key)
      const joined = await attachOther(key)
      expect(await owned(first).settle({ state: 'failed' })).toEqual({ state: 'failed' })
      expect([await first.outcome, await joined.outcome]).toEqual([{ state: 'failed' }, { state: 'failed' }])
      expect(await joined.acknowledge()).toEqual({ state: 'failed' })
      const again = await attachOther(key)
      expect([again.number, again.run !== undefined]).toEqual([3, true])
      const done = { state: 'done', reply: 'second time lucky' } as const
      await owned(again).settle(done)
      expect(await (await attachOne(key)).outcome).toEqual(done)
    })

    test('only the first settlement counts', async () => {
      const key = randomUUID()
      const run = owned(await attachOne(key))
      const first = { state: 'done', reply: 'first' } as const
      await run.settle(first)
      await run.settle({ state: 'failed' })
      expect(await (await attachOther(key)).outcome).toEqual(first)
    })

    test('acknowledgement and reply at the same moment: all agree on which was first', async () => {
      const states = await Promise.all(Array.from({ length: 100 }, async () => {
        const key = randomUUID()
        const first = await attachOne(key)
        const joined = await attachOther(key)
        const race = Math.random() < 0.5
          ? [joined.acknowledge(), owned(first).settle({ state: 'done', reply: 'r' })]
          : [owned(first).settle({ state: 'done', reply: 'r' }), joined.acknowledge()]
        const outcomes = await Promise.all([...race, first.outcome, joined.outcome, attachOne(key).then(async late => await late.outcome)])
        expect(new Set(outcomes.map(({ state }) => state)).size).toBe(1)
        return outcomes[0]?.state
      }))
      expect(states.every(state => state === 'done' || state === 'acknowledged')).toBe(true)
    })

    test('of 100 attempts at the same moment exactly one runs the handler, and all get its reply', async () => {
      const key = randomUUID()
      const attempts = await Promise.all(Array.from({ length: 100 }, async (_, index) => await (index % 2 === 0 ? attachOne : attachOther)(key)))
      expect(attempts.map(({ number }) => number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
      const runs = attempts.filter(({ run }) => run !== undefined)
      expect(runs).toHaveLength(1)
      const done = { state: 'done', reply: 'once' } as const
      await owned(runs[0] as Attempt).settle(done)
      expect(await Promise.all(attempts.map(async ({ outcome }) => await outcome))).toEqual(attempts.map(() => done))
    })

    test('keys are told apart, whatever is in them', async () => {
      const id = randomUUID()
      const attempts = await Promise.all(['', 'a', 'a:b', 'a\nb', '{a}', '键'].map(async key => await attachOne(id + key)))
      expect(attempts.map(({ number, run }) => [number, run !== undefined])).toEqual(attempts.map(() => [1, true]))
      await Promise.all(attempts.map(async ({ run }, index) => await run?.settle({ state: 'done', reply: String(index) })))
      expect(await Promise.all(attempts.map(async ({ outcome }) => await outcome))).toEqual(attempts.map((_, index) => ({ state: 'done', reply: String(index) })))
    })

    test('a run is idle from when the last attempt has left', async () => {
      const key = randomUUID()
      const first = await attachOne(key)
      const second = await attachOne(key)
      const run = owned(first)
      first.detach()
      first.detach()
      await sleep(60)
      expect(run.idle()).toBe(0)
      second.detach()
      await sleep(60)
      vi.setSystemTime('2099-01-01')
      const idle = run.idle()
      vi.useRealTimers()
      expect(idle).toBeGreaterThanOrEqual(50)
      expect(idle, 'a clock that jumps does not matter').toBeLessThan(5_000)
      await attachOne(key)
      expect(run.idle()).toBe(0)
    })

    test('a run goes on when all attempts have left', async () => {
      const key = randomUUID()
      const first = await attachOne(key)
      first.detach()
      const joined = await attachOther(key)
      joined.detach()
      const done = { state: 'done', reply: 'for the retry' } as const
      expect(await owned(first).settle(done)).toEqual(done)
      expect(await (await attachOther(key)).outcome).toEqual(done)
    })
  })
}

/** As a request that comes now does. */
export async function attach (store: AttemptStore, key: string): Promise<Attempt> {
  return await store.attach(key, { keepUntil: Date.now() + 600_000, warn () {} })
}

/** The run of an attempt that has it. */
export function owned (attempt: Attempt): OwnedRun {
  if (attempt.run === undefined) throw new Error(`attempt ${attempt.number} joined a run`)
  return attempt.run
}
