export { redisStore } from './store.js'
export { redisTokens } from './tokens.js'
export type { RedisTokensOptions } from './tokens-options.js'
export type { FetchedToken, TokenStore } from '../api/token-store.js'
export type { RedisStoreOptions } from './options.js'
export type { AttachOptions, Attempt, AttemptStore, Outcome, OwnedRun, Settlement } from '../delivery/attempts.js'
export { redisStreams } from './streams/store.js'
export type { RedisStreamsOptions } from './streams/options.js'
export type {
  NewStream, StreamEnd, StreamStore, StreamSuffixes, StreamView, StreamWrite, StreamWritten
} from '../streams/store.js'
