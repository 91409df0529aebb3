import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

/*
 * What `npm run mutate` runs for every mutant of a folder: the tests that concern it and are quick. Left out is what
 * takes seconds by its nature or starts servers: soaks, outages, several processes, whole apps.
 */
const TESTS: Record<string, string[]> = {
  crypto: ['test/{credentials,receiver}.test.ts', 'test/{crypto,envelope}/*.test.ts'],
  delivery: [
    'test/delivery/{attaching,deliver,guards,memory-store,memory-store-contract,own-memory,unclaimed}.test.ts',
    'test/delivery/{run,shared-use,store-access}.test.ts',
    'test/core/*.test.ts'
  ],
  redis: ['test/redis/{closing,contract,guards,leases,one-write,options,renewals,steps,store,subscription,waiters,warnings}.test.ts']
}

// One list of files instead.
const { projects: _projects, ...all } = config.test ?? {}

export default defineConfig({
  ...config,
  test: {
    ...all,
    include: TESTS[process.env.MUTATE ?? ''] ?? Object.values(TESTS).flat(),
    // A mutant that hangs is not worth half a minute.
    testTimeout: 5_000
  }
})
