import { expect, test, vi } from 'vitest'
import { release, use, useOf } from '../../src/delivery/shared-use.js'

test('what several registrations have stays shared when one is left, as what the other was sent may be sent again, and is closed with the last', async () => {
  const store = { close: vi.fn(async () => {}) }
  const shared = (): boolean => useOf(store).shared
  const seen = [shared()]
  use(store)
  seen.push(shared())
  use(store)
  seen.push(shared())
  await release(store)
  seen.push(shared())
  expect(seen).toEqual([false, false, true, true])
  expect(store.close).not.toHaveBeenCalled()
  await release(store)
  expect(store.close).toHaveBeenCalledOnce()
})

test('what can be closed no way is let go', async () => {
  const store = {}
  use(store)
  await expect(release(store)).resolves.toBeUndefined()
})

test('each is counted for itself', async () => {
  const [one, other] = [{ close: vi.fn(async () => {}) }, { close: vi.fn(async () => {}) }]
  use(one)
  use(other)
  expect(useOf(one).shared).toBe(false)
  await release(one)
  expect([one.close.mock.calls.length, other.close.mock.calls.length]).toEqual([1, 0])
})
