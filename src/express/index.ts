export {
  wecomCallback, type ExpressNext, type ExpressRequest, type WecomCallbackOptions, type WecomMiddleware
} from './middleware.js'
export type { ExpressResponse } from './response-guard.js'
export type { Handler, HandlerFunction } from '../core/run-handler.js'
export * from '../core/handler-kit.js'
