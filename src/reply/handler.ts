/**
 * A function that returns `Value`, at once or later. What it may return is what the second half says, twice, so that
 * TypeScript takes the types of literals from the first alone. There everything is a promise as well: else the text of
 * `async () => 'success'` would be any string, as TypeScript looks for the type of what is awaited only where there is
 * nothing but promises.
 */
export type HandlerOf<Args extends unknown[], Value> =
  | ((...args: Args) => Promise<Value> | Awaitable<Value>)
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a second signature that differs in nothing else
  | { (...args: Args): Value | Promise<Value>, <_>(...args: Args): Value | Promise<Value> }

/** What it returns at once, for the literals' sake a promise, too. */
export type Awaitable<Value> = Value extends null | undefined | void ? never : Value & Promise<Value>
