import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWarnings } from '../../src/redis/warnings.js'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

test('one line a minute for each kind, which is what comes before the colon, to whoever was there last', () => {
  const warnings = createWarnings()
  const [first, second] = [vi.fn(), vi.fn()]
  warnings.warn('before anyone listens')
  warnings.use(first)
  warnings.warn('down: one')
  warnings.warn('down: other: same')
  warnings.warn('full')
  warnings.use(second)
  vi.advanceTimersByTime(59_999)
  warnings.warn('down: too soon')
  vi.advanceTimersByTime(1)
  warnings.warn('down: still')
  expect([first.mock.calls, second.mock.calls]).toEqual([[['down: one'], ['full']], [['down: still']]])
})
