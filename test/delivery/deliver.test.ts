import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Attempt, Outcome } from '../../src/delivery/attempts.js'
import type { Delivered, Deliverer } from '../../src/delivery/deliver.js'
import type { Delivery } from '../../src/delivery/delivery.js'
import { attempt, delivererOf, message, open, ownedRun } from './stubs.js'

const done = { state: 'done', reply: 'r' } as const
const nothing = { state: 'done', reply: '' } as const
const failed = { state: 'failed' } as const
const acknowledged = { state: 'acknowledged' } as const
const hangs = async <T>(): Promise<T> => await new Promise<T>(() => {})

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

const pass = async (milliseconds = 0): Promise<void> => { await vi.advanceTimersByTimeAsync(milliseconds) }
const soFar = async (outcome: unknown): Promise<unknown> => await Promise.race([outcome, pass().then(() => 'open')])

describe('a handler that ends while WeCom waits', () => {
  test.each([[done, true], [nothing, true], [failed, false]])('%j: that is the answer, and the store has it', async (settlement, answered) => {
    const [own, { delivery, runs, told, warnings, listening }] = [ownedRun(), message({ deadline: 4_500 })]
    const given = attempt(own)
    const delivered = delivererOf([given]).deliverer.deliver(delivery)
    expect([await soFar(delivered), listening()]).toEqual(['open', 1])
    runs[0]?.settle(settlement)
    expect(await delivered).toEqual({ ...settlement, attempt: 3 })
    expect(own.settle.mock.calls).toEqual([[settlement]])
    expect(given.detach.mock.calls).toEqual([[answered]])
    expect([listening(), vi.getTimerCount()]).toEqual([0, 0])
    await pass(60_000)
    expect([given.acknowledge.mock.calls, told, warnings]).toEqual([[], [], []])
  })

  test.each([
    ['rejects', async () => await Promise.reject(new Error('down')), 'down', 0],
    ['hangs', hangs, 'no answer within 1000 ms', 1_000]
  ])('though the store %s: the answer goes out, with a warning', async (_how, settle, cause, after) => {
    const { delivery, runs, warnings } = message()
    const delivered = delivererOf([attempt(ownedRun({ settle }))]).deliverer.deliver(delivery)
    await pass()
    runs[0]?.settle(done)
    await pass(after)
    expect(await delivered).toEqual({ ...done, attempt: 3 })
    expect(warnings).toEqual([['the store did not accept the answer: a repeated message may be handled again', expect.objectContaining({ message: cause })]])
  })

  test('whose run another process has taken over: its answer is as good here, and nothing is late', async () => {
    const { delivery, runs, told, hangUp } = message()
    const delivered = delivererOf([attempt(ownedRun({ settle: async () => ({ state: 'lost' }) }))]).deliverer.deliver(delivery)
    await pass()
    runs[0]?.settle(done)
    expect(await delivered).toEqual({ ...done, attempt: 3 })
    hangUp()
    await pass(60_000)
    expect(told).toEqual([])
  })

  test('whose run another process has taken over, when nobody waits here: nothing is late, as its answer counts there', async () => {
    const { delivery, runs, told, hangUp } = message()
    delivererOf([attempt(ownedRun({ settle: async () => ({ state: 'lost' }) }))]).deliverer.deliver(delivery)
    await pass()
    hangUp()
    runs[0]?.settle(done)
    await pass(60_000)
    expect(told).toEqual([])
  })

  test('after another process has acknowledged it: WeCom has its answer, and what it came to is late', async () => {
    const { delivery, runs, told } = message()
    const delivered = delivererOf([attempt(ownedRun({ settle: async () => acknowledged }))]).deliverer.deliver(delivery)
    await pass()
    runs[0]?.settle(done)
    expect(await delivered).toEqual({ ...acknowledged, attempt: 3 })
    expect(told).toEqual([['late', done, { acknowledged: true, reason: undefined }]])
  })

  test.each([[done, undefined], [acknowledged, 900]])('is not run again though the store has forgotten it (%j)', async (outcome, deadline) => {
    const first = message({ deadline })
    const { deliverer } = delivererOf([attempt(ownedRun()), attempt(ownedRun())])
    deliverer.deliver(first.delivery)
    await pass(deadline ?? 0)
    first.runs[0]?.settle(done)
    await pass()
    const second = message()
    expect(await deliverer.deliver(second.delivery)).toEqual({ ...outcome, attempt: 3 })
    expect(second.runs).toEqual([])
  })

  test('is run again after a failure', async () => {
    const first = message()
    const { deliverer } = delivererOf([attempt(ownedRun()), attempt(ownedRun())])
    deliverer.deliver(first.delivery)
    await pass()
    first.runs[0]?.settle(failed)
    await pass()
    const second = message()
    deliverer.deliver(second.delivery)
    await pass()
    expect(second.runs).toHaveLength(1)
  })

  test('while the store fails: an attempt that comes then waits for the run here', async () => {
    const [first, second] = [message(), message()]
    const { deliverer } = delivererOf([attempt(ownedRun())])
    const delivered = [deliverer.deliver(first.delivery)]
    await pass()
    delivered.push(deliverer.deliver(second.delivery))
    await pass()
    first.runs[0]?.settle(done)
    expect(await Promise.all(delivered)).toEqual([{ ...done, attempt: 3 }, { ...done, attempt: 4 }])
    expect(second.runs).toEqual([])
  })

  test('and is forgotten here once it has ended: a retry is the store\'s', async () => {
    const first = message()
    const { deliverer, attach } = delivererOf([attempt(ownedRun()), attempt(undefined, { number: 4, outcome: Promise.resolve(done) })])
    const delivered = deliverer.deliver(first.delivery)
    await pass()
    first.runs[0]?.settle(done)
    await delivered
    const second = message()
    expect(await deliverer.deliver(second.delivery)).toEqual({ ...done, attempt: 4 })
    expect([attach.mock.calls.length, second.runs]).toEqual([2, []])
  })
})

describe('a run taken over by a process that has acknowledged its message', () => {
  test('is late as acknowledged, also where its handler ends at once', async () => {
    const { delivery, told } = message({ deadline: 900, start (run) { run.settle(done) } })
    const elsewhere = attempt(undefined, { watch: async () => { await pass(); return 'lost' } })
    const own = attempt(ownedRun({ settle: settlement => settlement }))
    const delivered = delivererOf([elsewhere, own]).deliverer.deliver(delivery)
    await pass(850)
    expect(await delivered).toEqual({ ...acknowledged, attempt: 3 })
    await pass(10)
    expect(told).toEqual([['late', done, { acknowledged: true, reason: undefined }]])
  })
})

describe('a logger that throws', () => {
  test.each([
    ['at once', () => { throw new Error('full') }], ['later', async () => await Promise.reject(new Error('full'))]
  ])('while the store does not take the answer, %s: the run has ended, and the server closes', async (_when, settle) => {
    const { delivery, runs } = message({ warn () { throw new Error('no log') } })
    const { deliverer } = delivererOf([attempt(ownedRun({ settle }))])
    const delivered = deliverer.deliver(delivery)
    await pass()
    runs[0]?.settle(done)
    expect(await delivered).toEqual({ ...done, attempt: 3 })
    const closed = deliverer.close()
    await pass()
    expect(await soFar(closed)).toBeUndefined()
  })
})

describe('the deadline', () => {
  test('comes while the store takes the answer of a handler that has ended at once', async () => {
    const { delivery, listening } = message({ deadline: 900, start (run) { run.settle(done) } })
    const delivered = delivererOf([attempt(ownedRun({ settle: async () => await open }))]).deliverer.deliver(delivery)
    await pass(849)
    expect([await soFar(delivered), listening()]).toEqual(['open', 1])
    await pass(1)
    expect(await delivered).toEqual({ ...acknowledged, attempt: 3 })
  })

  test('is told to the store 50 ms before it comes; what ends later is late', async () => {
    const [own, { delivery, runs, told }] = [ownedRun({ settle: async () => acknowledged }), message({ deadline: 900 })]
    const given = attempt(own)
    const delivered = delivererOf([given]).deliverer.deliver(delivery)
    await pass(849)
    expect(given.acknowledge).not.toHaveBeenCalled()
    await pass(1)
    expect(await delivered).toEqual({ ...acknowledged, attempt: 3 })
    expect(given.detach.mock.calls).toEqual([[false]])
    runs[0]?.settle(done)
    await pass()
    expect(told).toEqual([['late', done, { acknowledged: true, reason: undefined }]])
    expect(await runs[0]?.outcome).toEqual(acknowledged)
  })

  test.each<[string, Attempt['acknowledge'], number, Outcome]>([
    ['is slow', hangs, 50, acknowledged],
    ['fails', async () => await Promise.reject(new Error('down')), 0, acknowledged],
    ['knows the answer', async () => done, 0, done]
  ])('holds where the store %s', async (_how, acknowledge, after, expected) => {
    const { delivery } = message({ deadline: 900 })
    const delivered = delivererOf([attempt(ownedRun(), { acknowledge })]).deliverer.deliver(delivery)
    await pass(850 + Math.max(0, after - 1))
    if (after > 0) expect(await soFar(delivered)).toBe('open')
    await pass(after > 0 ? 1 : 0)
    expect(await delivered).toEqual({ ...expected, attempt: 3 })
  })

  test('that the store could not be told holds in this process: what ends later is late', async () => {
    const { delivery, runs, told } = message({ deadline: 900 })
    const delivered = delivererOf([attempt(ownedRun(), { acknowledge: hangs })]).deliverer.deliver(delivery)
    await pass(900)
    await delivered
    runs[0]?.settle(failed)
    await pass()
    expect(told).toEqual([['late', failed, { acknowledged: true, reason: undefined }]])
  })

  test('that was over when the request came holds at once', async () => {
    const { delivery } = message({ deadline: 900, arrivedAt: performance.now() - 5_000 })
    const delivered = delivererOf([attempt(ownedRun())]).deliverer.deliver(delivery)
    await pass(1)
    expect(await delivered).toEqual({ ...acknowledged, attempt: 3 })
  })
})

describe('a handler that ends when nobody waits', () => {
  async function hungUp (settlement: typeof done | typeof nothing | typeof failed, changes: Parameters<typeof ownedRun>[0] = {}, delivery: Parameters<typeof message>[0] = {}) {
    const first = message(delivery)
    const given = attempt(ownedRun(changes))
    const again = attempt(ownedRun(), { number: 4, outcome: settlement.state === 'done' ? Promise.resolve(settlement) : open })
    if (settlement.state === 'done') Object.assign(again, { run: undefined })
    const { deliverer } = delivererOf([given, again])
    const delivered = deliverer.deliver(first.delivery)
    await pass()
    first.hangUp()
    expect(await delivered).toEqual({ state: 'hung-up', attempt: 3 })
    expect(given.detach.mock.calls).toEqual([[false]])
    first.runs[0]?.settle(settlement)
    await pass()
    return { ...first, deliverer }
  }

  test.each([done, failed])('is late once no retry has come (%j)', async settlement => {
    const { told } = await hungUp(settlement)
    await pass(4_999)
    expect(told).toEqual([])
    await pass(1)
    expect(told).toEqual([['late', settlement, { acknowledged: false, reason: undefined }]])
  })

  test('with nothing to say is not late', async () => {
    const { told } = await hungUp(nothing)
    await pass(60_000)
    expect(told).toEqual([])
  })

  test.each([[done, []], [failed, [['repeated']]]])('is not late where a retry comes in time (%j)', async (settlement, expected) => {
    const { deliverer, told } = await hungUp(settlement)
    deliverer.deliver(message().delivery)
    await pass(60_000)
    expect(told).toEqual(expected)
  })

  test('is late though a further attempt comes that hangs up as well', async () => {
    const [first, second] = [message(), message()]
    const { deliverer } = delivererOf([attempt(ownedRun()), attempt(undefined, { number: 4 })])
    deliverer.deliver(first.delivery)
    await pass()
    first.hangUp()
    first.runs[0]?.settle(done)
    await pass()
    const delivered = deliverer.deliver(second.delivery)
    await pass()
    second.hangUp()
    expect(await delivered).toEqual({ state: 'hung-up', attempt: 4 })
    await pass(5_000)
    expect(first.told).toEqual([['late', done, { acknowledged: false, reason: undefined }]])
  })

  test.each([true, false])('asks the store whether it was collected, and withdraws it where the reply goes another way (%s)', async takesLateReplies => {
    const collected = vi.fn(async () => false)
    await hungUp(done, { collected }, { takesLateReplies })
    await pass(5_000)
    expect(collected.mock.calls).toEqual([[takesLateReplies]])
  })

  test('is late when the server closes', async () => {
    const { deliverer, told } = await hungUp(done)
    await deliverer.close()
    expect(told).toEqual([['late', done, { acknowledged: false, reason: undefined }]])
  })
})

describe('several attempts for one message', () => {
  test('the first hangs up and the second waits: it has the answer, which is not late', async () => {
    const [first, second] = [message(), message()]
    const { deliverer } = delivererOf([attempt(ownedRun(), { number: 1 }), attempt(undefined, { number: 2 })])
    const delivered = [deliverer.deliver(first.delivery), deliverer.deliver(second.delivery)]
    await pass()
    first.hangUp()
    await pass()
    first.runs[0]?.settle(done)
    expect(await Promise.all(delivered)).toEqual([{ state: 'hung-up', attempt: 1 }, { ...done, attempt: 2 }])
    await pass(60_000)
    expect([first.told, second.told, second.runs]).toEqual([[], [], []])
  })

  test('the first hangs up and the second is told of the failure, which is not late', async () => {
    const [first, second] = [message(), message()]
    const { deliverer } = delivererOf([attempt(ownedRun(), { number: 1 }), attempt(undefined, { number: 2 })])
    const delivered = [deliverer.deliver(first.delivery), deliverer.deliver(second.delivery)]
    await pass()
    first.hangUp()
    await pass()
    first.runs[0]?.settle(failed)
    expect(await delivered[1]).toEqual({ ...failed, attempt: 2 })
    await pass(60_000)
    expect(first.told).toEqual([])
  })

  test('the only one hangs up in the moment in which the handler ends: it is late', async () => {
    const { delivery, runs, told, hangUp } = message()
    delivererOf([attempt(ownedRun())]).deliverer.deliver(delivery)
    await pass()
    hangUp()
    runs[0]?.settle(done)
    await pass(5_000)
    expect(told).toEqual([['late', done, { acknowledged: false, reason: undefined }]])
  })

  test('both hang up, however often each says so: it is late', async () => {
    const [first, second] = [message(), message()]
    const { deliverer } = delivererOf([attempt(ownedRun(), { number: 1 }), attempt(undefined, { number: 2 })])
    const delivered = [deliverer.deliver(first.delivery), deliverer.deliver(second.delivery)]
    await pass()
    for (const { hangUp } of [first, first, second]) hangUp()
    await Promise.all(delivered)
    first.runs[0]?.settle(done)
    await pass(5_000)
    expect(first.told).toEqual([['late', done, { acknowledged: false, reason: undefined }]])
  })

  test('one is acknowledged: what the handler comes to is late for all', async () => {
    const [first, second] = [message(), message({ deadline: 900 })]
    const { deliverer } = delivererOf([attempt(ownedRun(), { number: 1 }), attempt(undefined, { number: 2, acknowledge: hangs })])
    const delivered = [deliverer.deliver(first.delivery), deliverer.deliver(second.delivery)]
    await pass(900)
    expect(await delivered[1]).toEqual({ ...acknowledged, attempt: 2 })
    first.runs[0]?.settle(done)
    await delivered[0]
    expect(first.told).toEqual([['late', done, { acknowledged: true, reason: undefined }]])
  })

  test.each([[2, 15_000], [3, 5_000]])('the last was the %i.: its handler is told to stop after %i ms', async (number, milliseconds) => {
    const [first, second] = [message(), message()]
    const { deliverer } = delivererOf([attempt(ownedRun({ idle: () => Infinity }), { number: 1 }), attempt(undefined, { number })])
    deliverer.deliver(first.delivery)
    deliverer.deliver(second.delivery)
    await pass()
    first.hangUp()
    second.hangUp()
    await pass(milliseconds - 1)
    expect(first.runs[0]?.signal.aborted).toBe(false)
    await pass(1)
    expect(first.runs[0]?.signal.aborted).toBe(true)
  })

  test('a deadline holds for it: WeCom has or gets its empty answer, and the handler goes on', async () => {
    const { delivery, runs, hangUp } = message({ deadline: 20_000 })
    const delivered = delivererOf([attempt(ownedRun({ idle: () => Infinity }))]).deliverer.deliver(delivery)
    await pass(10)
    hangUp()
    expect(await delivered).toEqual({ state: 'hung-up', attempt: 3 })
    await pass(60_000)
    expect(runs[0]?.signal.aborted).toBe(false)
  })
})

describe('a run that is lost', () => {
  test('is begun again at once, and is the same attempt of WeCom', async () => {
    const { delivery, runs } = message()
    const lost = attempt(undefined, { number: 1, outcome: Promise.resolve({ state: 'lost' }) })
    const { deliverer, attach } = delivererOf([lost, attempt(ownedRun(), { number: 2 })])
    const delivered = deliverer.deliver(delivery)
    await pass()
    runs[0]?.settle(done)
    expect(await delivered).toEqual({ ...done, attempt: 1 })
    expect([attach.mock.calls.length, lost.detach.mock.calls]).toEqual([2, [[false]]])
  })

  test('is one whose outcome cannot be had', async () => {
    const { delivery } = message()
    const outcome = Promise.reject(new Error('bug'))
    const { deliverer } = delivererOf([attempt(undefined, { number: 1, outcome }), attempt(undefined, { number: 2, outcome: Promise.resolve(done) })])
    expect(await deliverer.deliver(delivery)).toEqual({ ...done, attempt: 1 })
  })
})

describe('a message that another process handles', () => {
  async function elsewhere (how: 'acknowledged' | 'hung up' | 'answered') {
    let end: (end: 'ended' | 'lost') => void = () => {}
    const watch = vi.fn(async () => await new Promise<'ended' | 'lost'>(resolve => { end = resolve }))
    const [own, { delivery, runs, told, hangUp }] = [ownedRun(), message({ deadline: 900 })]
    const again = attempt(own, { number: 4 })
    const { deliverer, attach } = delivererOf([attempt(undefined, { watch, outcome: how === 'answered' ? Promise.resolve(done) : open }), again])
    const delivered = deliverer.deliver(delivery)
    await pass()
    if (how === 'hung up') hangUp()
    await pass(900)
    await delivered
    return { deliverer, attach, watch, own, runs, told, again, end: async (how: 'ended' | 'lost') => { end(how); await pass() } }
  }

  test.each(['acknowledged', 'hung up'] as const)('and that was %s is watched, and run here where that process dies; its reply is late where it was acknowledged', async how => {
    const { watch, runs, told, again, own, end } = await elsewhere(how)
    expect(watch).toHaveBeenCalledOnce()
    await end('lost')
    expect([runs.length, again.detach.mock.calls.length]).toEqual([1, 1])
    runs[0]?.settle(done)
    await pass()
    expect(own.settle.mock.calls).toEqual([[done]])
    if (how === 'hung up') await pass(5_000)
    expect(told).toEqual([['late', done, { acknowledged: how === 'acknowledged', reason: undefined }]])
  })

  test('and that has ended is watched no more', async () => {
    const { attach, runs, end } = await elsewhere('acknowledged')
    await end('ended')
    expect([attach.mock.calls.length, runs]).toEqual([1, []])
  })

  test('and that is answered is not watched', async () => {
    expect((await elsewhere('answered')).watch).not.toHaveBeenCalled()
  })

  test('and that WeCom hung up on, without a deadline, is left to it', async () => {
    const { delivery, hangUp } = message()
    const delivered = delivererOf([attempt(undefined)]).deliverer.deliver(delivery)
    await pass()
    hangUp()
    expect(await delivered).toEqual({ state: 'hung-up', attempt: 3 })
  })

  test('is not waited for when this process closes', async () => {
    const { delivery, listening } = message()
    const { deliverer } = delivererOf([attempt(undefined)])
    const delivered = deliverer.deliver(delivery)
    await pass()
    await deliverer.close()
    expect([await delivered, listening()]).toEqual([{ state: 'closing', attempt: 3 }, 0])
  })

  test('is watched within the grace of a process that closes, and not taken over any more after it', async () => {
    const { deliverer, attach, end } = await elsewhere('acknowledged')
    const closed = deliverer.close()
    await pass(99)
    expect(await soFar(closed)).toBe('open')
    await pass(1)
    await closed
    await end('lost')
    expect(attach).toHaveBeenCalledOnce()
  })
})

test('a message that this process handles is not watched: it knows how its own handler ends', async () => {
  const watch = vi.fn(hangs<'ended' | 'lost'>)
  const { delivery } = message({ deadline: 900 })
  const delivered = delivererOf([attempt(ownedRun(), { watch })]).deliverer.deliver(delivery)
  await pass(900)
  await delivered
  expect(watch).not.toHaveBeenCalled()
})

test('a run that was taken over after it was acknowledged: WeCom has the empty answer at once, and the reply is late', async () => {
  const { delivery, runs, told } = message()
  expect(await delivererOf([attempt(ownedRun({ acknowledged: true }))]).deliverer.deliver(delivery)).toEqual({ ...acknowledged, attempt: 3 })
  runs[0]?.settle(done)
  await pass()
  expect(told).toEqual([['late', done, { acknowledged: true, reason: undefined }]])
})

test('a handler that outlives five seconds is told of', async () => {
  const { delivery, told } = message()
  delivererOf([attempt(ownedRun())]).deliverer.deliver(delivery)
  await pass(5_000)
  expect(told).toEqual([['slow']])
})

describe('a request that could come under another key', () => {
  /** As the plugin does: with the key that its signature first came with. */
  async function deliver (deliverer: Deliverer, delivery: Delivery): Promise<Delivered> {
    return await deliverer.deliver({ ...delivery, key: await deliverer.firstKey(delivery, 'signed') })
  }

  test('stays with the key that its signature first came with', async () => {
    const [own, { delivery, runs }] = [ownedRun(), message()]
    const signature = attempt(own)
    const { deliverer, attach } = delivererOf([signature, attempt(ownedRun())])
    deliver(deliverer, delivery)
    await pass()
    expect(attach.mock.calls.map(([key]) => key)).toEqual(['signed', 'key'])
    expect(own.settle.mock.calls).toEqual([[{ state: 'done', reply: 'key' }]])
    expect([signature.detach.mock.calls, runs.length]).toEqual([[[true]], 1])
  })

  test('is handled as the one that came first with its signature', async () => {
    const { delivery } = message()
    const { deliverer, attach } = delivererOf([attempt(undefined, { outcome: Promise.resolve({ state: 'done', reply: 'first key' }) }), attempt(undefined, { outcome: Promise.resolve(done) })])
    expect(await deliver(deliverer, delivery)).toEqual({ ...done, attempt: 3 })
    expect(attach.mock.calls.map(([key]) => key)).toEqual(['signed', 'first key'])
  })

  test('is handled under its own where the store loses the signature again and again', async () => {
    const { delivery } = message()
    const lost = () => attempt(undefined, { outcome: Promise.resolve({ state: 'lost' }) })
    const { deliverer, attach } = delivererOf([lost(), lost(), lost(), lost(), lost(), attempt(undefined, { outcome: Promise.resolve(done) })])
    await deliver(deliverer, delivery)
    expect(attach.mock.calls.map(([key]) => key)).toEqual(['signed', 'signed', 'signed', 'signed', 'signed', 'key'])
  })

  test.each(['hangs', 'cannot be had'])('asks again where the outcome of its signature %s', async how => {
    const outcome = how === 'hangs' ? open : Promise.reject(new Error('bug'))
    const { delivery } = message()
    const { deliverer, attach } = delivererOf([attempt(undefined, { outcome }), attempt(undefined, { outcome: Promise.resolve({ state: 'done', reply: 'first key' }) }), attempt(undefined, { outcome: Promise.resolve(done) })])
    const delivered = deliver(deliverer, delivery)
    if (how === 'hangs') {
      await pass(999)
      expect(attach).toHaveBeenCalledOnce()
    }
    await pass(1)
    await delivered
    expect(attach.mock.calls.map(([key]) => key)).toEqual(['signed', 'signed', 'first key'])
  })

  test.each([
    ['rejects', async () => await Promise.reject(new Error('down')), 'down'],
    ['hangs', hangs, 'no answer within 1000 ms']
  ])('is handled though the store %s when it is told the signature, with a warning', async (_how, settle, cause) => {
    const { delivery, runs, warnings } = message()
    deliver(delivererOf([attempt(ownedRun({ settle })), attempt(ownedRun())]).deliverer, delivery)
    await pass(1_000)
    expect(runs).toHaveLength(1)
    expect(warnings).toEqual([['the store did not accept a signature: the same request may be handled again at another path', expect.objectContaining({ message: cause })]])
  })

  test('is known here even where the store has forgotten its signature', async () => {
    const { deliverer, attach } = delivererOf([attempt(ownedRun()), attempt(undefined, { outcome: Promise.resolve(done) }), attempt(ownedRun()), attempt(undefined, { outcome: Promise.resolve(done) })])
    await deliver(deliverer, message().delivery)
    await deliver(deliverer, message({ key: 'another path' }).delivery)
    expect(attach.mock.calls.map(([key]) => key)).toEqual(['signed', 'key', 'signed', 'key'])
  })
})

describe('a server that closes', () => {
  test('gives what runs its grace, then tells it to stop, and frees its key', async () => {
    const [own, { delivery, runs }] = [ownedRun(), message()]
    const { deliverer } = delivererOf([attempt(own)])
    const delivered = deliverer.deliver(delivery)
    await pass()
    const closed = deliverer.close()
    await pass(99)
    expect([runs[0]?.signal.aborted, await soFar(delivered)]).toEqual([false, 'open'])
    await pass(1)
    await turn()
    expect([runs[0]?.signal.aborted, (runs[0]?.signal.reason as Error).message]).toEqual([true, 'the server closes'])
    expect(own.settle.mock.calls).toEqual([[failed]])
    await closed
    expect(['closing', 'failed']).toContain((await delivered).state)
  })

  test('waits until the store has been told, half a second at most', async () => {
    const { delivery } = message()
    const { deliverer } = delivererOf([attempt(ownedRun({ settle: hangs }))])
    deliverer.deliver(delivery)
    await pass()
    const closed = deliverer.close()
    await pass(100)
    await turn()
    await pass(499)
    expect(await soFar(closed)).toBe('open')
    await pass(1)
    expect(await soFar(closed)).toBeUndefined()
  })

  test('and has nothing running closes at once', async () => {
    const { deliverer } = delivererOf([])
    expect(await soFar(deliverer.close())).toBeUndefined()
  })

  test('tells of a message that was acknowledged why its handler was cut off', async () => {
    const { delivery, told } = message({ deadline: 50 })
    const { deliverer } = delivererOf([attempt(ownedRun())])
    const delivered = deliverer.deliver(delivery)
    await pass(1)
    await delivered
    const closed = deliverer.close()
    await pass(100)
    await closed
    expect(told).toEqual([['late', failed, { acknowledged: true, reason: expect.objectContaining({ message: 'the server closes' }) as unknown }]])
  })
})
