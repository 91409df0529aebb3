import { vi } from 'vitest'

// Runs ahead of each file. Quick files share a process: what one left behind must not reach the next.
vi.useRealTimers()
vi.restoreAllMocks()
vi.unstubAllEnvs()
vi.unstubAllGlobals()
