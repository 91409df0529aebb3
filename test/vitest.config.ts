import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const report = process.env.VITEST_JSON_REPORT

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    globalSetup: ['test/support/setup.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      // Types and data leave nothing to run; the generator is no part of the package.
      exclude: ['src/index.ts', 'src/message/catalogue/**', 'src/message/generated/{samples,types}/**', 'src/message/{answering,types}.ts', 'src/playground/page/**'],
      reporter: ['text'],
      thresholds: {
        'src/{crypto,envelope}/**': { lines: 100, branches: 100 },
        'src/{credentials,receiver}.ts': { lines: 100, branches: 100 }
      }
    },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]]
  }
})
