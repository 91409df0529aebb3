export type { Arrival, HandlerRun } from './arrival.js'
export {
  createCallbacks, type Callbacks, type CreateCallbacksOptions, type ReceiveRequest, type Refused
} from './callbacks.js'
export { logFields } from '../telemetry/log.js'
export type { CallbacksOptions } from './options.js'
export { runHandler, type Handler, type HandlerFunction } from './run-handler.js'
export type { Answer, CallbackRequest } from '../receiver/types.js'
export * from './handler-kit.js'
