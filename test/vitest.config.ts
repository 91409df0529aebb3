import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      // Types and data leave nothing to run; the generator is no part of the package.
      exclude: ['src/index.ts', 'src/message/catalogue/**', 'src/message/samples/**', 'src/message/types/**', 'src/message/types.ts'],
      reporter: ['text']
    }
  }
})
