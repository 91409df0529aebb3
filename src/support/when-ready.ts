/** Goes on with a value, at once where it is there already. */
export function whenReady<T, R> (
  value: T | PromiseLike<T>,
  next: (value: T) => R | PromiseLike<R>
): R | Promise<Awaited<R>> {
  return isPromise(value) ? (Promise.resolve(value).then(next) as Promise<Awaited<R>>) : (next(value) as R)
}

export function isPromise<T> (value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
