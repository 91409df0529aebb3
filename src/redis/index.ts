export { redisStore } from './store.js'
export type { RedisStoreOptions } from './options.js'
export type { AttachOptions, Attempt, AttemptStore, Outcome, OwnedRun, Settlement } from '../delivery/attempts.js'
