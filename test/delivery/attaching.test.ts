import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Attempt, AttemptStore } from '../../src/delivery/attempts.js'
import { createDeliverer } from '../../src/delivery/deliver.js'
import { attempt, message, open, ownedRun } from './stubs.js'

afterEach(() => { vi.useRealTimers() })

/** A store whose attach comes when the test says so. */
function heldStore (): { store: AttemptStore, come: (attempt: Attempt) => void } {
  let come: (attempt: Attempt) => void = () => {}
  const coming = new Promise<Attempt>(resolve => { come = resolve })
  return { store: { attach: async () => await coming }, come }
}

describe('a store that hangs', () => {
  const hanging: AttemptStore = { attach: async () => await new Promise(() => {}) }

  test.each([
    ['half of what is left until the deadline, so that the other half is there for the handler', 1_000, 500],
    ['a second at most', 4_500, 1_000],
    ['a second where there is no deadline', undefined, 1_000],
    ['what it takes to tell it of the deadline, where that is over', 0, 50]
  ])('is given %s', async (_name, deadline, given) => {
    vi.useFakeTimers()
    const { runs, warnings, delivery } = message({ deadline })
    createDeliverer({ store: hanging, onStoreError: 'handle', closeGrace: 100 }).deliver(delivery)
    await vi.advanceTimersByTimeAsync(given - 1)
    expect(runs).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(runs).toHaveLength(1)
    expect(warnings).toHaveLength(1)
  })

  test('is given what is left of the time since the request came', async () => {
    vi.useFakeTimers()
    vi.advanceTimersByTime(10_000)
    const { runs, delivery } = message({ deadline: 1_000, arrivedAt: performance.now() - 800 })
    const delivered = createDeliverer({ store: hanging, onStoreError: 'handle', closeGrace: 100 }).deliver(delivery)
    await vi.advanceTimersByTimeAsync(100)
    expect(runs).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(await delivered).toEqual({ state: 'acknowledged', attempt: 1 })
  })
})

describe('a request that could come under another key is acknowledged at its deadline', () => {
  const never = async <T>(): Promise<T> => await new Promise<T>(() => {})
  const SILENT: { store: string, attach: AttemptStore['attach'] }[] = [
    { store: 'does not attach', attach: never },
    { store: 'does not tell what a run elsewhere came to', attach: async () => attempt(undefined, { acknowledge: never }) },
    { store: 'does not settle', attach: async () => attempt(ownedRun({ settle: never }), { acknowledge: never }) },
    { store: 'attaches late and tells nothing', attach: async () => await new Promise(resolve => { setTimeout(() => { resolve(attempt(undefined, { acknowledge: never })) }, 300) }) }
  ]
  test.each(SILENT.flatMap(({ store, attach }) => [900, 4_500].map(deadline => ({ store, attach, deadline }))))(
    'of $deadline ms though the store $store', async ({ attach, deadline }) => {
      vi.useFakeTimers()
      const { delivery } = message({ deadline })
      const deliverer = createDeliverer({ store: { attach }, onStoreError: 'handle', closeGrace: 100 })
      let delivered: unknown
      Promise.resolve(deliverer.firstKey(delivery, 'signed')).then(async key => await deliverer.deliver({ ...delivery, key })).then(outcome => { delivered = outcome })
      await vi.advanceTimersByTimeAsync(deadline)
      expect(delivered).toMatchObject({ state: 'acknowledged' })
    })

  test('and the operator is told where the signature could not be looked up', async () => {
    vi.useFakeTimers()
    const { delivery, warnings } = message({ deadline: 900 })
    const deliverer = createDeliverer({ store: { attach: async () => attempt(undefined) }, onStoreError: 'handle', closeGrace: 100 })
    const key = deliverer.firstKey(delivery, 'signed')
    await vi.advanceTimersByTimeAsync(900)
    expect(await key).toBe('key')
    expect(warnings).toEqual([[expect.stringContaining('where a signature came first')]])
  })
})

describe('a server that closes while the store attaches', () => {
  test('starts no handler, and gives back the run that it was given', async () => {
    const { store, come } = heldStore()
    const deliverer = createDeliverer({ store, onStoreError: 'handle', closeGrace: 100 })
    const { runs, delivery } = message()
    const delivered = deliverer.deliver(delivery)
    await sleep(5)
    const closed = deliverer.close()
    const run = ownedRun()
    const given = attempt(run)
    come(given)
    expect(await delivered).toEqual({ state: 'closing', attempt: 3 })
    expect(run.settle.mock.calls).toEqual([[{ state: 'failed' }]])
    expect(given.detach).toHaveBeenCalledOnce()
    expect(runs).toEqual([])
    await closed
  })

  test('does not wait for a run that goes on elsewhere', async () => {
    const { store, come } = heldStore()
    const deliverer = createDeliverer({ store, onStoreError: 'handle', closeGrace: 100 })
    const delivered = deliverer.deliver(message().delivery)
    await sleep(5)
    await deliverer.close()
    const given = attempt(undefined)
    come(given)
    expect(await delivered).toEqual({ state: 'closing', attempt: 3 })
    expect(given.detach).toHaveBeenCalledOnce()
  })

  test('answers who waits for a run elsewhere, while another still runs here', async () => {
    const [here, elsewhere] = [message(), message({ key: 'other' })]
    const store: AttemptStore = { attach: async key => attempt(key === 'key' ? ownedRun() : undefined, { outcome: key === 'key' ? open : sleep(10, { state: 'done', reply: 'r' } as const) }) }
    const deliverer = createDeliverer({ store, onStoreError: 'handle', closeGrace: 5_000 })
    const delivered = [deliverer.deliver(here.delivery), deliverer.deliver(elsewhere.delivery)]
    await sleep(5)
    const closed = deliverer.close()
    expect(await delivered[1]).toEqual({ state: 'done', reply: 'r', attempt: 3 })
    here.runs[0]?.settle({ state: 'done', reply: 'mine' })
    expect(await delivered[0]).toEqual({ state: 'done', reply: 'mine', attempt: 3 })
    await closed
  })

  test('does not ask for the message where it has only just asked for the signature', async () => {
    const attach = vi.fn<AttemptStore['attach']>(async () => { await sleep(20); return attempt(ownedRun()) })
    const deliverer = createDeliverer({ store: { attach }, onStoreError: 'handle', closeGrace: 10 })
    const { delivery } = message()
    const delivered = Promise.resolve(deliverer.firstKey(delivery, 'signed')).then(async key => await deliverer.deliver({ ...delivery, key }))
    await sleep(5)
    await deliverer.close()
    expect(await delivered).toEqual({ state: 'closing', attempt: 0 })
    expect(attach.mock.calls.map(([key]) => key)).toEqual(['signed'])
  })

  test('and closes a second time: waits for the same, and takes no message', async () => {
    const deliverer = createDeliverer({ store: false, onStoreError: 'handle', closeGrace: 5_000 })
    const { runs, delivery } = message()
    deliverer.deliver(delivery)
    await sleep(5)
    const closed = [deliverer.close(), deliverer.close()]
    expect(await deliverer.deliver(message().delivery)).toEqual({ state: 'closing', attempt: 0 })
    expect(await Promise.race([...closed, sleep(20, 'open')])).toBe('open')
    runs[0]?.settle({ state: 'done', reply: '' })
    await Promise.all(closed)
  })
})
