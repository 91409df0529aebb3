export type { Arrival, HandlerRun } from './arrival.js'
export {
  createCallbacks, type Callbacks, type CreateCallbacksOptions, type ReceiveRequest, type Refused
} from './callbacks.js'
export { logFields } from './log-lines.js'
export type { CallbacksOptions } from './options.js'
export { runHandler, type Handler, type HandlerFunction } from './run-handler.js'
export type { Answer } from '../receiver/received.js'
export type { CallbackRequest } from '../receiver/opener.js'
export * from './handler-kit.js'
