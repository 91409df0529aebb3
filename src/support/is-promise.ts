/** Whether a value of somebody else is still to come. What this package gives itself is told by `'then' in value`. */
export function isPromise<T> (value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
