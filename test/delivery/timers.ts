import { vi } from 'vitest'

/**
 * The timers that are made meanwhile. No `vi.spyOn`: Vitest restores a spy once more when the file is over, and would
 * leave a fake timer to the next one.
 */
export function timersOf (call: () => void): NodeJS.Timeout[] {
  const made: NodeJS.Timeout[] = []
  const original = globalThis.setTimeout
  vi.stubGlobal('setTimeout', (...args: Parameters<typeof setTimeout>) => {
    const timer = original(...args)
    made.push(timer)
    return timer
  })
  call()
  vi.unstubAllGlobals()
  return made
}
