import type { CallbackContext } from '../delivery/context.js'
import type { WecomMessage } from '../message/types.js'
import type { HandlerOf } from '../reply/handler.js'
import type { HandlerValue } from '../reply/types.js'
import { isPromise } from '../support/is-promise.js'
import type { HandlerRun } from './arrival.js'
import { replyRepeated } from './errors.js'

/** Handles messages: what it returns is the answer. */
export type HandlerFunction<Context> = HandlerOf<[message: WecomMessage, context: Context], HandlerValue>

/** A function, or a router of handlers by key. */
export type Handler<Context> =
  HandlerFunction<Context> | { readonly handle: (message: WecomMessage, context: Context) => unknown }

/**
 * Calls a handler, a function or a router; what it comes to goes to the run: what `startHandler` of an arrival does.
 * Never throws.
 *
 * @example
 * ```ts
 * const start = (context: CallbackContext, run: HandlerRun) => { runHandler(() => text('你好'), context, run) }
 * ```
 */
export function runHandler<Context extends CallbackContext> (
  handler: Handler<Context>,
  context: Context,
  run: HandlerRun
): void {
  const answer = (value: unknown): void => {
    try {
      if (!run.settled) run.answer(value)
      else if (value !== undefined) run.fail(replyRepeated())
    } catch (error) {
      run.fail(error)
    }
  }
  try {
    const value: unknown =
      typeof handler === 'function' ? handler(context.message, context) : handler.handle(context.message, context)
    if (isPromise(value)) {
      Promise.resolve(value).then(answer, (error: unknown) => { run.fail(error) })
    } else answer(value)
  } catch (error) {
    run.fail(error)
  }
}
