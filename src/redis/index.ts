export { redisStore, type RedisStoreOptions } from './store.js'
export type { AttachOptions, Attempt, AttemptStore, Outcome, OwnedRun, Settlement } from '../delivery/attempts.js'
