import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

const report = process.env.VITEST_JSON_REPORT

/**
 * The projects run one after the other, in this order; `npm run test:fast` runs the first two. A new file belongs to
 * `fast` until it takes more than five seconds or needs `npm run build`.
 */
const PROJECTS = [
  // Mostly sleeps: WeCom's seconds, outages, leases. Side by side, as a file of them leaves the processor idle.
  {
    name: 'waiting',
    maxWorkers: 6,
    include: [
      'test/api/{call,true-time}.test.ts',
      'test/bullmq/{ends,inbox,memory,orphans}.test.ts',
      'test/delivery/{arrival,in-time,late,shutdown,store-errors}.test.ts',
      'test/package/redis-peers.test.ts',
      'test/streams/{ends,hard-cases,redis-away,slow-handlers,wecom-times}.test.ts',
      'test/redis/{blips,cluster,faults,guards,leases,processes,streams,waking}.test.ts',
      'test/testing/follow.test.ts'
    ]
  },
  // Compilers, npm, browsers, command lines and soaks, which wait for nothing but the processor; two, where it has two cores.
  {
    name: 'heavy',
    maxWorkers: 2,
    testTimeout: 120_000,
    include: [
      'test/bench/bench.test.ts',
      'test/browser/*.test.ts',
      'test/cli/*.test.ts',
      'test/api/kf-killed.test.ts',
      'test/docs/{code,deployment}.test.ts',
      'test/example-app.test.ts',
      'test/package/{consumer,express,fastify-peers,frameworks,require,tsdoc,without-parser}.test.ts',
      'test/{bot/media,delivery/memory}-soak.test.ts',
      'test/json/read.test.ts',
      'test/router/completion.test.ts',
      'test/streams/{many,source/types}.test.ts',
      'test/support/programs.test.ts',
      'test/{streams,testing}/docs.test.ts',
      'test/xml/fuzz.test.ts'
    ]
  },
  // Counts what happens while processes are killed under load: nothing else may run meanwhile.
  {
    name: 'alone',
    maxWorkers: 1,
    include: ['test/bullmq/durable.test.ts', 'test/cluster/*.test.ts']
  }
]
/** Many files share a process: to start one, and to load the sources in it, takes longer than most of them. */
const QUICK = { maxWorkers: 3, isolate: false, setupFiles: ['test/support/fresh.ts'] }
// As quick, but for machines with a redis-server, and with the commands of Unix.
const SERVICES = {
  name: 'services',
  ...QUICK,
  include: [
    'test/bullmq/{accept,encryption,plugin,worker}.test.ts',
    'test/doors/contract.test.ts',
    'test/inbox/worker-kit.test.ts',
    'test/redis/{closing,contract,keys,one-write,steps,store,tokens}.test.ts'
  ]
}
// Needs nothing but Node.js, on any system.
const FAST = {
  name: 'fast',
  ...QUICK,
  include: ['test/**/*.test.ts'],
  exclude: [SERVICES, ...PROJECTS].flatMap(({ include }) => include)
}

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    testTimeout: 30_000,
    // One second, the default, is less than a busy machine may stand still.
    expect: { poll: { timeout: 5_000 } },
    globalSetup: ['test/support/setup.ts'],
    sequence: { sequencer: LongestFirst },
    // The quick ones are one group.
    projects: [FAST, SERVICES, ...PROJECTS].map((test, index) => ({ extends: true, test: { ...test, sequence: { groupOrder: Math.max(0, index - 1) } } })),
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      // Types and data leave nothing to run; the generator is no part of the package.
      exclude: [
        'src/index.ts', 'src/message/catalogue/**', 'src/message/generated/{samples,types}/**',
        'src/message/{answering,types}.ts', 'src/playground/page/**'
      ],
      reporter: ['text'],
      thresholds: {
        'src/{crypto,wecom-crypto,envelope,credentials}/**': { lines: 100, branches: 100 },
        'src/receiver/{index,receive}.ts': { lines: 100, branches: 100 }
      }
    },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]]
  }
})
