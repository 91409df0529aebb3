import { setImmediate as turn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { Attempt, OwnedRun } from '../../src/delivery/attempts.js'
import { createGuards, type GuardsOptions } from '../../src/delivery/guards.js'
import type { Asker, StoreAccess } from '../../src/delivery/store-access.js'

// By themselves; test/redis and test/cluster kill real processes.

type End = 'ended' | 'lost'
type Watched = Attempt & { end: (end: End) => void, fail: (error: Error) => void, watch: ReturnType<typeof vi.fn<() => Promise<End>>>, detach: ReturnType<typeof vi.fn<Attempt['detach']>> }

function watched (run?: OwnedRun): Watched {
  let end: (end: End) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const ending = new Promise<End>((resolve, reject) => { end = resolve; fail = reject })
  ending.catch(() => {})
  return {
    number: 1,
    run,
    outcome: new Promise(() => {}),
    acknowledge: async () => ({ state: 'acknowledged' }),
    detach: vi.fn<Attempt['detach']>(),
    watch: vi.fn(async () => await ending),
    end,
    fail
  }
}

const run: OwnedRun = { settle: async settlement => settlement, idle: () => 0 }

function setUp (...attempts: Array<Attempt | Error>) {
  const attach = vi.fn<StoreAccess['attach']>(async () => {
    const next = attempts.shift()
    if (next === undefined || next instanceof Error) throw next ?? new Error('attached too often')
    return next
  })
  const takeOver = vi.fn<GuardsOptions<Asker>['takeOver']>()
  const warn = vi.fn<Asker['warn']>()
  const asker: Asker = { key: 'key', keepUntil: 0, warn }
  const guards = createGuards({ access: { memory: undefined, attach, isUnstored: () => false, remember () {} }, takeOver })
  return { guards, attach, takeOver, warn, asker }
}

test.each([true, false])('a message whose process has died is run here (acknowledged: %s)', async acknowledged => {
  const [first, again] = [watched(), watched(run)]
  const { guards, attach, takeOver, asker } = setUp(again)
  guards.keep('key', first, asker, acknowledged)
  await turn()
  expect(attach).not.toHaveBeenCalled()
  first.end('lost')
  await turn()
  expect(attach.mock.calls).toEqual([[asker, 'key', 1_000]])
  expect(takeOver.mock.calls).toEqual([[again, run, 'key', asker, acknowledged]])
})

test('a message whose handler has ended is let go', async () => {
  const [first, second] = [watched(), watched()]
  const { guards, attach, asker } = setUp()
  guards.keep('key', first, asker, true)
  first.end('ended')
  await turn()
  expect(attach).not.toHaveBeenCalled()
  guards.keep('key', second, asker, true)
  expect(second.watch).toHaveBeenCalledOnce()
})

test('a message that a third process has taken over is watched there, until that one dies too', async () => {
  const [first, second, third] = [watched(), watched(), watched(run)]
  const { guards, takeOver, asker } = setUp(second, third)
  guards.keep('key', first, asker, true)
  first.end('lost')
  await turn()
  expect(second.watch).toHaveBeenCalledOnce()
  expect(second.detach).toHaveBeenCalledOnce()
  expect(takeOver).not.toHaveBeenCalled()
  second.end('lost')
  await turn()
  expect(takeOver).toHaveBeenCalledOnce()
  expect(third.detach).not.toHaveBeenCalled()
})

test.each([[false, true], [true, false]])('several attempts keep a message once, and one that was acknowledged is so for all (%s, then %s)', async (one, other) => {
  const [first, second, again] = [watched(), watched(), watched(run)]
  const { guards, attach, takeOver, asker } = setUp(again)
  guards.keep('key', first, asker, one)
  guards.keep('key', second, asker, other)
  expect(second.watch).not.toHaveBeenCalled()
  first.end('lost')
  await turn()
  expect(attach).toHaveBeenCalledOnce()
  expect(takeOver.mock.calls.map(call => call[4])).toEqual([true])
})

test('attempts that hung up do not make it acknowledged', async () => {
  const [first, again] = [watched(), watched(run)]
  const { guards, takeOver, asker } = setUp(again)
  guards.keep('key', first, asker, false)
  guards.keep('key', watched(), asker, false)
  first.end('lost')
  await turn()
  expect(takeOver.mock.calls.map(call => call[4])).toEqual([false])
})

test('messages are kept each for itself', async () => {
  const [one, other] = [watched(), watched()]
  const { guards, asker } = setUp()
  guards.keep('one', one, asker, true)
  guards.keep('other', other, asker, true)
  expect([one.watch.mock.calls.length, other.watch.mock.calls.length]).toEqual([1, 1])
})

test('a store of one process needs no watch', async () => {
  const { guards, attach, warn, asker } = setUp()
  const { watch: _watch, ...first } = watched()
  guards.keep('key', first, asker, true)
  await turn()
  expect([attach.mock.calls.length, warn.mock.calls.length]).toEqual([0, 0])
})

test('a store that fails is asked again a second later', async () => {
  const [first, again] = [watched(), watched(run)]
  const { guards, attach, takeOver, warn, asker } = setUp(new Error('down'), again)
  guards.keep('key', first, asker, true)
  first.end('lost')
  const start = performance.now()
  await expect.poll(() => takeOver.mock.calls.length, { timeout: 5_000 }).toBe(1)
  expect(performance.now() - start).toBeGreaterThan(900)
  expect([attach.mock.calls.length, warn.mock.calls.length]).toEqual([2, 0])
})

test('a watch that fails is told, and the message let go', async () => {
  const [first, second] = [watched(), watched()]
  const { guards, warn, asker } = setUp()
  guards.keep('key', first, asker, true)
  const cause = new Error('bug')
  first.fail(cause)
  await turn()
  expect(warn.mock.calls).toEqual([['a message of a process that died could not be taken over', cause]])
  guards.keep('key', second, asker, true)
  expect(second.watch).toHaveBeenCalledOnce()
})

test.each<[string, (first: Watched) => void]>([
  ['is lost', first => { first.end('lost') }],
  ['ends', first => { first.end('ended') }],
  ['cannot be watched', first => { first.fail(new Error('closed')) }]
])('after the close nothing is attached nor told, whether the run %s', async (_name, happen) => {
  const first = watched()
  const { guards, attach, warn, asker } = setUp(watched(run))
  guards.keep('key', first, asker, true)
  await turn()
  guards.close()
  happen(first)
  await turn()
  expect([attach.mock.calls.length, warn.mock.calls.length]).toEqual([0, 0])
})

test('nothing is watched that is kept after the close', () => {
  const first = watched()
  const { guards, asker } = setUp()
  guards.close()
  guards.keep('key', first, asker, true)
  expect(first.watch).not.toHaveBeenCalled()
})

test.each([['gives the run', watched(run), 1], ['fails', new Error('down'), 0]])('a close while the store is asked starts no handler, though it %s', async (_name, result, warnings) => {
  const first = watched()
  const { guards, attach, takeOver, warn, asker } = setUp()
  attach.mockImplementation(async () => {
    guards.close()
    if (result instanceof Error) throw result
    return result
  })
  guards.keep('key', first, asker, true)
  first.end('lost')
  await turn()
  await turn()
  expect([attach.mock.calls.length, takeOver.mock.calls.length, warn.mock.calls.length]).toEqual([1, 0, warnings])
})
