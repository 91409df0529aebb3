import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { loggableError } from './bare-error.js'
import type { Deliverer } from './delivery/deliver.js'
import type { Inbox } from './delivery/inbox.js'
import type { WecomError } from './errors.js'
import { discriminantsOf } from './message/kind.js'
import type { MessageObject } from './message/object.js'
import type { Answer, Receiver, WecomCallback } from './receiver.js'
import type { LateReply } from './reply/types.js'

/** A message and its handling: `request.wecom`. */
export interface WecomContext extends WecomCallback {
  /** Which request of WeCom for this message this is; 1 for the first. */
  readonly attempt: number
  /** Aborts when the server closes and its grace is over, or when no retry of WeCom can collect the reply any more. */
  readonly signal: AbortSignal
  /** The request's logger. */
  readonly log: FastifyBaseLogger
}

/** The hooks of one registration. */
export interface Hooks {
  onError: ((error: WecomError, context: WecomContext | undefined) => unknown) | undefined
  onLateReply: ((reply: LateReply, context: WecomContext) => unknown) | undefined
  onLateError: ((error: unknown, context: WecomContext) => unknown) | undefined
}

/** What the routes of one registration share. */
export interface Registration extends Hooks {
  receiver: Receiver
  /** The plugin made the route, in a scope where no other parser is. */
  ownsRoute: boolean
  deliverer: Deliverer
  inbox: Inbox | undefined
  /** Whether another registration uses the same store now. */
  sharesStore (): boolean
  /** Path with its prefix: messages of one URL are told apart from those of another. */
  scope: string
  timestampTolerance: number
  deadline: number
  bodyTimeout: number
  bodyLimit: number | undefined
  /** Where neither the plugin nor the route has one. */
  defaultBodyLimit: number
}

/** What a request has gathered on its way: the registration first, then the message, then its run. */
export interface CallbackState {
  registration: Registration
  /** By `performance.now()`, as clocks jump. */
  arrivedAt: number
  context?: WecomContext
  key?: string | undefined
  /** Answers the message; there while a handler runs. */
  answer?: (value: unknown) => void
  /** What the response must hold. */
  sealed?: Answer
}

/** Where a request keeps its state. */
export const kCallback = Symbol('fastify-wecom.callback')
type Carrier = FastifyRequest & { [kCallback]?: CallbackState | null }

export function callbackOf (request: FastifyRequest): CallbackState | undefined {
  return (request as Carrier)[kCallback] ?? undefined
}

/** The beginning of a request's state. */
export function beginCallback (request: FastifyRequest, reply: FastifyReply, registration: Registration): void {
  // The hooks of the app may have taken their time.
  (request as Carrier)[kCallback] = { registration, arrivedAt: performance.now() - reply.elapsedTime }
}

/** What a log line may say of a message: nothing of its text. */
export function logged (state: CallbackState | undefined): { kind?: string, unknown?: string, key?: string, attempt?: number } {
  const { context, key } = state ?? {}
  return context === undefined ? {} : { kind: context.kind, ...(context.kind === 'unknown' ? { unknown: discriminantsOf(context.message as unknown as MessageObject) } : {}), ...(key === undefined ? {} : { key: key.slice(0, 8) }), attempt: context.attempt }
}

/** Calls a hook of the user, which must not harm the answer. */
export function callHook (log: FastifyBaseLogger, name: string, call: () => unknown): void {
  Promise.resolve().then(call).catch((error: unknown) => { log.error({ err: loggableError(error) }, `${name} failed`) })
}

/** Whole milliseconds since the request came. */
export function elapsed ({ arrivedAt }: CallbackState): number {
  return Math.round(performance.now() - arrivedAt)
}
