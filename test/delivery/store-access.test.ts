import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { Attempt, AttemptStore, Outcome, OwnedRun } from '../../src/delivery/attempts.js'
import { memoryStore } from '../../src/delivery/memory-store.js'
import type { LocalRun } from '../../src/delivery/run.js'
import { accessStore, type Asker } from '../../src/delivery/store-access.js'
import { createRun } from './stubs.js'

// By itself; store-errors.test.ts breaks stores under a server.

const done = { state: 'done', reply: 'r' } as const
const acknowledged = { state: 'acknowledged' } as const
const failed = { state: 'failed' } as const

type Given = Attempt & { settled: unknown[], acknowledge: ReturnType<typeof vi.fn<Attempt['acknowledge']>>, detach: ReturnType<typeof vi.fn<Attempt['detach']>> }

/** What a store gives: a run to handle, unless another process does. */
function given (owns = true, number = 7): Given {
  const settled: unknown[] = []
  const run: OwnedRun = { settle: async settlement => { settled.push(settlement); return settlement }, idle: () => 0 }
  return { number, run: owns ? run : undefined, outcome: new Promise(() => {}), settled, acknowledge: vi.fn<Attempt['acknowledge']>(async () => acknowledged), detach: vi.fn<Attempt['detach']>() }
}

function setUp (attach: AttemptStore['attach'], { onStoreError = 'handle' as 'handle' | 'refuse', here = {} as Record<string, LocalRun> } = {}) {
  const store = { attach: vi.fn(attach) }
  const warn = vi.fn<Asker['warn']>()
  const asker: Asker = { key: 'key', keepUntil: Date.now() + 60_000, warn }
  const access = accessStore({ store, onStoreError, runningHere: key => here[key] })
  const attachTo = async (key = 'key', time = 20, broken = false): Promise<Attempt> => await access.attach(asker, key, time, broken)
  return { access, store, warn, asker, attachTo, remember: (outcome: typeof done | typeof acknowledged) => { access.remember('key', { outcome, attempts: 2 }, Date.now() + 60_000) } }
}

const down: AttemptStore['attach'] = async () => await Promise.reject(new Error('down'))
const hanging: AttemptStore['attach'] = async () => await new Promise(() => {})

function localRun (unstored = false): { run: LocalRun, end: (outcome: Outcome) => void } {
  const owned: OwnedRun = { settle: async settlement => settlement, idle: () => 0 }
  let outcome: Outcome = failed
  const run = createRun({ owned, attempts: 4, waiting: 0, unstored, record: async () => outcome, slow () {} })
  return { run, end (ended) { outcome = ended; run.settle(failed) } }
}

const isOpen = async (attempt: Attempt): Promise<boolean> => await Promise.race([attempt.outcome, turn('open')]) === 'open'

describe('a store that works', () => {
  test('is told the key, how long to keep it, and where its words go', async () => {
    const attempt = given()
    const { access, store, warn, asker, attachTo } = setUp(async () => attempt)
    expect(await attachTo()).toBe(attempt)
    expect(access.isUnstored(attempt)).toBe(false)
    expect(store.attach.mock.calls[0]).toEqual(['key', { keepUntil: asker.keepUntil, warn: expect.any(Function) as unknown }])
    store.attach.mock.calls[0]?.[1].warn('full')
    expect(warn.mock.calls).toEqual([['full']])
  })

  test('may keep the words of who asked, an object with methods, for later', async () => {
    class Complaining implements Asker {
      readonly key = 'key'
      readonly keepUntil = Date.now() + 60_000
      readonly warnings: string[] = []
      warn (message: string): void { this.warnings.push(message) }
    }
    const asker = new Complaining()
    const { access, store } = setUp(async () => given())
    await access.attach(asker, 'key', 20)
    const { warn } = store.attach.mock.calls[0]?.[1] as { warn: (message: string) => void }
    warn('full')
    expect(asker.warnings).toEqual(['full'])
  })

  test('none at all remembers nothing either', async () => {
    const access = accessStore({ store: false, onStoreError: 'handle', runningHere: () => undefined })
    const asker: Asker = { key: 'key', keepUntil: Date.now() + 60_000, warn () {} }
    const first = await access.attach(asker, 'key', 20)
    await first.run?.settle(done)
    access.remember('key', { outcome: done, attempts: 1 }, asker.keepUntil)
    expect((await access.attach(asker, 'key', 20)).run).toBeDefined()
  })

  test.each([
    [done, [], [done]],
    [acknowledged, [[]], [{ state: 'done', reply: '' }]]
  ] as const)('that has forgotten a message is told what this process made of it, and no handler runs ($state)', async (outcome, acknowledgements, settlements) => {
    const attempt = given()
    const { attachTo, remember } = setUp(async () => attempt)
    remember(outcome)
    const again = await attachTo()
    expect([again.number, again.run, await again.outcome, await again.acknowledge()]).toEqual([7, undefined, outcome, outcome])
    await turn()
    expect(attempt.acknowledge.mock.calls).toEqual(acknowledgements)
    expect(attempt.settled).toEqual(settlements)
  })

  test('that knows the message is believed, whatever this process remembers', async () => {
    const attempt = given(false)
    const { attachTo, remember } = setUp(async () => attempt)
    remember(done)
    expect(await attachTo()).toBe(attempt)
  })

  test('of memory knows no less than its process, which remembers nothing beside it', async () => {
    const store = memoryStore()
    const access = accessStore({ store, onStoreError: 'handle', runningHere: () => undefined })
    access.remember('key', { outcome: done, attempts: 1 }, Date.now() + 60_000)
    expect((await access.attach({ key: 'key', keepUntil: Date.now() + 60_000, warn () {} }, 'key', 20)).run).toBeDefined()
  })

  test('is not asked while a run goes on here that it does not know', async () => {
    const { run, end } = localRun(true)
    const { store, attachTo } = setUp(down, { here: { key: run } })
    const joined = await attachTo()
    expect([joined.number, joined.run, await isOpen(joined)]).toEqual([5, undefined, true])
    end(done)
    expect(await joined.outcome).toEqual(done)
    expect(store.attach).not.toHaveBeenCalled()
  })

  test('is asked while a run goes on here that it knows', async () => {
    const attempt = given(false)
    const { attachTo } = setUp(async () => attempt, { here: { key: localRun().run } })
    expect(await attachTo()).toBe(attempt)
  })
})

describe.each([['rejects', down], ['hangs', hanging], ['throws', () => { throw new Error('bug') }]] as Array<[string, AttemptStore['attach']]>)('a store that %s', (_how, attach) => {
  test('is gone on without: one run in this process, which the store does not know', async () => {
    const { access, attachTo } = setUp(attach)
    const [first, second] = [await attachTo(), await attachTo()]
    expect([first, second].map(({ number, run }) => [number, run !== undefined])).toEqual([[1, true], [2, false]])
    expect([access.isUnstored(first), access.isUnstored(second)]).toEqual([true, true])
    await first.run?.settle(done)
    expect(await second.outcome).toEqual(done)
  })

  test('is complained of once a minute', async () => {
    const { warn, attachTo } = setUp(attach)
    await attachTo()
    await attachTo('another')
    expect(warn.mock.calls).toEqual([[expect.stringContaining('going on without it'), expect.any(Error)]])
  })

  test.each([done, acknowledged])('does not make this process handle again what it has handled ($state)', async outcome => {
    const { attachTo, remember } = setUp(attach)
    remember(outcome)
    for (const number of [3, 4]) {
      const again = await attachTo()
      expect([again.number, again.run, await again.outcome, await again.acknowledge()]).toEqual([number, undefined, outcome, outcome])
      again.detach()
    }
  })

  test('does not make it handle twice what runs here, rather than what it remembers', async () => {
    const { run } = localRun()
    const { attachTo, remember } = setUp(attach, { here: { key: run } })
    remember(done)
    const joined = await attachTo()
    expect([joined.number, joined.run, await isOpen(joined)]).toEqual([5, undefined, true])
  })

  test('is refused where that is wanted, though the answer be known', async () => {
    const { warn, attachTo, remember } = setUp(attach, { onStoreError: 'refuse' })
    remember(done)
    await expect(attachTo()).rejects.toMatchObject({
      code: 'WECOM_STORE_UNAVAILABLE',
      statusCode: 503,
      message: expect.stringMatching(/^expected the store to answer, got the error: .+\. WeCom got 503 and will send the message again\. Check the store \(Redis\?\); with onStoreError: 'handle' messages are handled without it\.$/) as string
    })
    expect(warn).not.toHaveBeenCalled()
  })
})

test('a store that loses every run is not asked any more', async () => {
  const { access, store, warn, attachTo } = setUp(async () => given())
  const attempt = await attachTo('key', 20, true)
  expect([attempt.run !== undefined, access.isUnstored(attempt), store.attach.mock.calls.length]).toEqual([true, true, 0])
  expect((warn.mock.calls[0]?.[1] as Error).message).toBe('the store loses every run at once')
})

describe('a run that the store begins after all', () => {
  /** A store that answers once the process has gone on without it. */
  function late (attempt: Given, options: Parameters<typeof setUp>[1] = {}): ReturnType<typeof setUp> & { answer: () => Promise<void> } {
    let answer: (attempt: Attempt) => void = () => {}
    const answered = new Promise<Attempt>(resolve => { answer = resolve })
    const parts = setUp(async () => await answered, options)
    const turns = async (): Promise<void> => { for (let count = 0; count < 3; count++) await turn() }
    return { ...parts, answer: async () => { answer(attempt); await turns() } }
  }

  test('is freed where this process has refused the message', async () => {
    const attempt = given()
    const { attachTo, answer } = late(attempt, { onStoreError: 'refuse' })
    await expect(attachTo('key', 5)).rejects.toThrow()
    await answer()
    expect(attempt.settled).toEqual([failed])
    expect(attempt.detach).toHaveBeenCalledOnce()
    expect(attempt.acknowledge).not.toHaveBeenCalled()
  })

  test('gets what the run here comes to, and is not decided before', async () => {
    const attempt = given()
    const here: Record<string, LocalRun> = {}
    const { attachTo, answer } = late(attempt, { here })
    await attachTo('key', 5)
    const { run, end } = localRun(true)
    here.key = run
    await turn()
    await answer()
    expect(attempt.detach).toHaveBeenCalledOnce()
    expect(attempt.settled).toEqual([])
    end(done)
    await turn()
    expect(attempt.settled).toEqual([done])
    expect(attempt.acknowledge).not.toHaveBeenCalled()
  })

  test('is acknowledged at once where the run here is', async () => {
    const attempt = given()
    const here: Record<string, LocalRun> = {}
    const { attachTo, answer } = late(attempt, { here })
    await attachTo('key', 5)
    const { run, end } = localRun(true)
    run.acknowledged = true
    here.key = run
    await turn()
    await answer()
    expect(attempt.acknowledge).toHaveBeenCalledOnce()
    expect(attempt.settled).toEqual([])
    end(acknowledged)
    await turn()
    expect(attempt.settled).toEqual([{ state: 'done', reply: '' }])
  })

  test('gets what the run here has come to', async () => {
    const attempt = given()
    const { attachTo, remember, answer } = late(attempt)
    await attachTo('key', 5)
    remember(done)
    await answer()
    expect(attempt.settled).toEqual([done])
  })

  test('elsewhere is left', async () => {
    const attempt = given(false)
    const { attachTo, answer, remember } = late(attempt)
    await attachTo('key', 5)
    remember(acknowledged)
    await answer()
    expect(attempt.detach).toHaveBeenCalledOnce()
    expect(attempt.acknowledge).not.toHaveBeenCalled()
  })
})
