import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { HandlerRun } from '../core/arrival.js'
import type { Callbacks } from '../core/callbacks.js'
import type { CallbackContext } from '../delivery/context.js'
import type { Answer } from '../receiver/types.js'

/** A message and its handling: `request.wecom`. */
export interface WecomContext extends CallbackContext<FastifyBaseLogger> {
  /** The request's logger. */
  readonly log: FastifyBaseLogger
}

/** What the routes of one registration share. */
export interface Registration {
  callbacks: Callbacks<FastifyBaseLogger>
  /** The plugin made the route, in a scope where no other parser is. */
  ownsRoute: boolean
  bodyTimeout: number
  bodyLimit: number | undefined
  /** Where neither the plugin nor the route has one. */
  defaultBodyLimit: number
}

/** What guards the `send` and the `hijack` of a reply, from when its handler is called. */
export interface ReplyGuard {
  readonly context: WecomContext
  /** Answers the message. */
  readonly run: HandlerRun
  /** Fastify's own methods. */
  readonly ownSend: FastifyReply['send']
  readonly ownHijack: FastifyReply['hijack']
  /** The request is over for the handler. */
  readonly ended: boolean
  /** What is sent next is the package's own answer. */
  sendsOwn: boolean
  /** The handler writes the response itself. */
  byHand: boolean
}

/** What a request has gathered on its way. */
export interface RequestState {
  readonly registration: Registration
  /** By `performance.now()`, as clocks jump. */
  readonly arrivedAt: number
  /** Bytes; set before the body is read. */
  bodyLimit: number
  /** Once its body is decrypted. */
  context: WecomContext | undefined
  /** There once its handler is called. */
  guard: ReplyGuard | undefined
  /** What the response must hold. */
  answer: Answer | undefined
}

/** Where a request keeps its state. */
export const kCallback = Symbol('fastify-wecom.callback')

/** Any request: one that is a callback's has a state. */
export type Carrier = FastifyRequest & { [kCallback]?: RequestState | null }
