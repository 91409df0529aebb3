import { quote, wecomError } from '../errors.js'
import { familyOf } from '../message/kind.js'
import { suggestKey, routerKeys } from '../message/near.js'
import { isObject } from '../message/object.js'
import type {
  GroupbotMessage, KeysOf, MessageMap, PassiveReplyKey, RouterKey, UnknownMessage, UnlistedOf, WecomMessage
} from '../message/types.js'
import type { HandlerOf } from '../reply/handler.js'
import type { Reply, ReplyTo } from '../reply/types.js'

/**
 * What a router needs to know of a message: its kind. The doors pass the context of the request, the receiver what
 * `receive()` returned.
 */
export interface RouterContext {
  readonly kind: string
}

/** A reply, or nothing to say; at once or later. */
export type MaybeReply = Reply | void | Promise<Reply | void>

/**
 * What a handler of a key may return: nothing, or a reply that WeCom takes for the kinds of that key, at once or later.
 * Where none of them takes a passive reply anything, as it is not looked at.
 */
export type HandlerResult<Key extends RouterKey> = [PassiveKeysOf<Key>] extends [never]
  ? Ignored
  : Answer<Key> | Promise<Answer<Key>>

type PassiveKeysOf<Key extends RouterKey> = Extract<KeysOf<Key>, PassiveReplyKey>

type Answer<Key extends RouterKey> = ReplyTo<PassiveKeysOf<Key>> | void

/**
 * Anything. Written out, as a function that may return `unknown` gives the literals in it no type: `MsgType: 'text'`
 * would be a string.
 */
type Ignored = void | {} | null | undefined

/**
 * Handles the messages of a key: `MessageOf<Key>`, written out so that an editor shows the interfaces by name. Below a
 * prefix there may be kinds that WeCom has added since: `UnlistedOf<Key>`, `context.kind === 'unknown'`.
 */
export type RouteHandler<Key extends RouterKey, Context> = [PassiveKeysOf<Key>] extends [never]
  ? (message: MessageMap[KeysOf<Key>] | UnlistedOf<Key>, context: Context) => HandlerResult<Key>
  : HandlerOf<[message: MessageMap[KeysOf<Key>] | UnlistedOf<Key>, context: Context], Answer<Key>>

/** Handlers by key. Every method but `handle` returns the router. */
export interface Router<Context extends RouterContext> {
  /**
   * Handles a kind (`'event.change_contact.create_user'`), all kinds below a prefix (`'event.change_contact'`,
   * `'event'`) that have no handler of their own, or several of either. docs/messages.md lists the keys.
   *
   * @throws WecomError WECOM_ROUTE_INVALID if the key does not exist, or already has a handler
   */
  readonly on: <const Key extends RouterKey>(
    key: Key | readonly Key[],
    handler: RouteHandler<Key, Context>
  ) => Router<Context>
  /**
   * Handles what no key catches. A kind that this package does not know (`context.kind === 'unknown'`) is caught by the
   * prefix of its family: a new ChangeType of `event.change_contact` by `'event.change_contact'`, else by `'event'`.
   */
  readonly onUnhandled: (
    handler: HandlerOf<[message: WecomMessage | GroupbotMessage | UnknownMessage, context: Context], Reply | void>
  ) => Router<Context>
  /**
   * Handles what a handler throws. What it returns is the answer; if it returns nothing, there is nothing to say. Throw
   * the error again to let WeCom send the message once more.
   */
  readonly onError: (handler: HandlerOf<[error: unknown, context: Context], Reply | void>) => Router<Context>
  /**
   * Calls the handler of `context.kind` and returns what it returned; for any server:
   * `receiver.answer(callback, await router.handle(callback.message, callback))`.
   */
  readonly handle: (message: WecomMessage | GroupbotMessage | UnknownMessage, context: Context) => Promise<Reply>
}

type AnyHandler = (message: never, context: never) => unknown

/**
 * Makes a router: typed handlers by key instead of one function.
 *
 * @example
 * ```ts
 * const router = createRouter().on('text', message => text(`你说：${message.Content}`))
 * ```
 */
export function createRouter<Context extends RouterContext> (): Router<Context> {
  const handlers = new Map<string, AnyHandler>()
  const special = new Map<string, AnyHandler>()

  /** All or none: who catches the error has the router as it was. */
  function add (to: Map<string, AnyHandler>, names: readonly string[], handler: AnyHandler): Router<Context> {
    for (const [index, name] of names.entries()) {
      if (to.has(name) || names.indexOf(name) < index) {
        throw invalid(`one handler for ${name}`, 'a second one', 'Call both from one handler.')
      }
      if (typeof handler !== 'function') {
        throw invalid(
          `the handler for ${name} to be a function`,
          quote(handler),
          `Give a function of (${name === 'onError' ? 'error' : 'message'}, context).`
        )
      }
    }
    for (const name of names) to.set(name, handler)
    return router
  }

  /**
   * The longest prefix that has a handler. An unknown kind has those of its family: what is new of a change goes where
   * the changes go.
   */
  function find (kind: string, message: unknown): AnyHandler | undefined {
    for (
      let key = kind === 'unknown' && isObject(message) ? (familyOf(message) ?? '') : kind;
      key !== '';
      key = key.slice(0, Math.max(0, key.lastIndexOf('.')))
    ) {
      const handler = handlers.get(key)
      if (handler !== undefined) return handler
    }
    return special.get('onUnhandled')
  }

  async function handleError (error: unknown, context: Context): Promise<Reply> {
    const onError = special.get('onError')
    if (onError === undefined) throw error
    return await onError(error as never, context as never) as Reply
  }

  const router: Router<Context> = {
    on (key, handler) {
      const keys: string[] = [key].flat()
      keys.forEach(checkKey)
      return add(handlers, keys, handler)
    },
    onUnhandled: handler => add(special, ['onUnhandled'], handler),
    onError: handler => add(special, ['onError'], handler),
    // No async function: a handler's own promise is good enough, and each costs a message its share.
    handle (message, context) {
      let value: unknown
      try {
        value = find(context.kind, message)?.(message as never, context as never)
      } catch (error) {
        return handleError(error, context)
      }
      const promise = Promise.resolve(value as Reply)
      if (!special.has('onError')) return promise
      return promise.catch(async (error: unknown) => await handleError(error, context))
    }
  }
  return router
}

/** For those who write JavaScript: TypeScript refuses a wrong key by itself. */
function checkKey (key: unknown): void {
  if (typeof key === 'string' && routerKeys().has(key)) return
  const near = typeof key === 'string' ? suggestKey(key) : undefined
  throw invalid(
    'a key of docs/messages.md, or a prefix of several',
    quote(key),
    near === undefined ? 'Kinds that this package does not know reach onUnhandled.' : `Did you mean '${near}'?`
  )
}

function invalid (expected: string, got: string, fix: string): Error {
  return wecomError('WECOM_ROUTE_INVALID', { expected, got, fix })
}
