export { createWecomListener, type WecomListener, type WecomListenerOptions } from './listener.js'
export type { Handler, HandlerFunction } from '../core/run-handler.js'
export * from '../core/handler-kit.js'
