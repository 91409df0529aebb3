import { expect, onTestFinished, test, vi } from 'vitest'
import { keepUntil } from '../../src/core/handling.js'

test.each([
  ['the tolerance and a minute for the clock', 600_000, 1_000_000 + 600_000 + 61_000],
  ['at least the minute in which WeCom may try again', 1, 1_000_000 + 61_001],
  ['that minute where the tolerance is Infinity', Infinity, 1_000_000 + 60_000]
])('a handled message is remembered for %s', (_name, tolerance, end) => {
  vi.useFakeTimers({ now: 1_000_000 })
  onTestFinished(() => { vi.useRealTimers() })
  expect(keepUntil('1000', tolerance)).toBe(end)
})
