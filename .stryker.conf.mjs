/*
 * npm run mutate: how many changes of the code no test notices. A folder is tested by what concerns it, since every
 * mutant runs its tests again: MUTATE=crypto (with the envelope and the credentials), delivery or redis;
 * test/mutate.config.ts has the tests. Stryker itself needs Node.js 22. Not part of CI: a folder takes up to an hour.
 */
const folders = {
  crypto: ['src/{crypto,wecom-crypto,envelope,credentials}/**/*.ts'],
  delivery: ['src/delivery/**/*.ts', 'src/core/context.ts'],
  redis: ['src/redis/**/*.ts']
}
const folder = process.env.MUTATE ?? ''
if (!Object.hasOwn(folders, folder)) {
  throw new Error(`MUTATE is to be one of ${Object.keys(folders).join(', ')}: MUTATE=crypto npm run mutate`)
}

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutate.config.ts', related: false },
  mutate: folders[folder],
  ignorePatterns: ['coverage', 'dist', 'docs/images'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 5_000,
  tempDirName: 'coverage/.stryker',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `coverage/mutation-${folder}.json` }
}
