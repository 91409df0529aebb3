/** A clock under the test's control. */
export interface FakeClock {
  /** Milliseconds since 1970. */
  now (): number
  /** Moves on by so many milliseconds. */
  advance (ms: number): void
  set (time: number | string | Date): void
}

/**
 * Runs a function while `Date.now()` and `new Date()` show a time of the test's choosing, for the whole process: the
 * app under test, the client and the samples agree. The clock stands still until it is moved; timers run as ever. One
 * at a time.
 *
 * @example
 * ```ts
 * await withClock('2026-01-01', async clock => { clock.advance(60_000) })
 * ```
 */
export async function withClock<Result> (
  start: number | string | Date,
  run: (clock: FakeClock) => Result | Promise<Result>
): Promise<Result> {
  const Real = globalThis.Date
  if (faked.has(Real)) {
    throw new Error(
      'expected one withClock at a time, got a second one inside. Use the clock that the outer one gives.'
    )
  }
  let time = toMs(start)
  const Fake: DateConstructor = new Proxy(Real, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [time] : args, newTarget === Fake ? target : newTarget) as object,
    apply: () => new Real(time).toString(),
    get: (target, name, receiver) => name === 'now' ? () => time : Reflect.get(target, name, receiver) as unknown
  })
  faked.add(Fake)
  globalThis.Date = Fake
  try {
    return await run({
      now: () => time,
      advance: ms => { time += ms },
      set: to => { time = toMs(to) }
    })
  } finally {
    globalThis.Date = Real
  }
}

const faked = new WeakSet<DateConstructor>()

function toMs (time: number | string | Date): number {
  const ms = typeof time === 'number' ? time : new Date(time).getTime()
  if (Number.isFinite(ms)) return ms
  throw new RangeError(
    `expected a time, got ${JSON.stringify(time)}. Give milliseconds since 1970, a Date, or a text as ` +
    "'2026-01-01T08:00:00Z'."
  )
}
