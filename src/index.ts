export * from './core/handler-kit.js'
export {
  wecom as default, wecom, createRouter, type WecomHandler, type WecomOptions, type WecomRouter,
  type WecomRouter as Router
} from './fastify/plugin.js'
export type { WecomContext } from './fastify/request-state.js'
