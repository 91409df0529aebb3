export { createWecomApi } from './wecom-api.js'
export { WecomApiError } from './error.js'
export type {
  ApiAnswer, ApiRecipient, CallOptions, MarkdownMessage, Sendable, SendResult, WecomApi, WecomApiOptions
} from './types.js'
export type { FetchedToken, TokenStore } from './token-store.js'
