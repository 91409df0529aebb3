/**
 * Where a run stands: running, answered with a reply (`''`: nothing to say), acknowledged (the deadline answered, the
 * reply belongs to onLateReply), failed (the key is free again), or lost (the process that ran it died).
 */
export type Outcome =
  | { state: 'done', reply: string }
  | { state: 'acknowledged' }
  | { state: 'failed' }
  | { state: 'lost' }

/** How a handler ends. */
export type Settlement = Extract<Outcome, { state: 'done' | 'failed' }>

/** One HTTP request of WeCom for a message. */
export interface Attempt {
  /** 1 for the first request for this message, over all processes. */
  readonly number: number
  /** Present where this attempt is to run the handler. */
  readonly run: OwnedRun | undefined
  /** What the run comes to, in whichever process it runs; `lost`: attach again. */
  readonly outcome: Promise<Outcome>
  /**
   * The deadline has passed: marks the run as acknowledged unless it is decided. Resolves with what holds. The
   * handler's process keeps the run until the handler has ended.
   */
  acknowledge (): Promise<Outcome>
  /** This request is over: answered with what the run came to (`true`), or without that, as WeCom has hung up. */
  detach (answered?: boolean): void
  /**
   * For who keeps a message beyond its own request, because it has acknowledged it or WeCom has hung up. Resolves with
   * `ended` once the handler has ended, or with `lost` where its process has died: attach again, to take the run over.
   * To be called before `detach`. A store of one process needs none.
   */
  watch? (): Promise<'ended' | 'lost'>
}

/** The run of a handler, in the hands of the process that runs it. */
export interface OwnedRun {
  /** It was taken over from a process that died after the message had been acknowledged: WeCom has had its answer. */
  readonly acknowledged?: boolean
  /**
   * The handler ended. Resolves with what holds: the settlement itself, `acknowledged` where the deadline came first,
   * `lost` where the lease went to another process. Where it rejects, the store goes on trying as long as it can.
   */
  settle (settlement: Settlement): Outcome | Promise<Outcome>
  /** Milliseconds for which no attempt has been waiting for this message; 0 while one waits. */
  idle (): number
  /**
   * Asked some seconds after a settlement for which nobody in this process waited: whether an attempt of any process
   * has had it since, as its answer, or by running the message anew after a failure. Where none has and `withdraw` is
   * set, later attempts get the empty answer, as the reply goes another way. Left out: only attempts of this process
   * are known.
   */
  collected? (withdraw: boolean): Promise<boolean>
}

/** What a store is told of a message. */
export interface AttachOptions {
  /**
   * Until when (milliseconds since 1970) a finished run must be remembered, so that a captured request runs no handler.
   */
  keepUntil: number
  /**
   * Tells the operator of the app, by a line in the log. The store sees to it that the same trouble is told at most
   * once a minute.
   */
  warn (message: string): void
}

/**
 * Brings together the attempts for one message, so that its handler runs once. `memoryStore()` serves one process,
 * `redisStore()` of fastify-wecom/redis several. To write your own store, implement this interface.
 *
 * Every method may reject or throw; see the option `onStoreError`.
 */
export interface AttemptStore {
  /** Joins the run of a key, or starts one; at once where it can. */
  attach (key: string, options: AttachOptions): Attempt | Promise<Attempt>
  /** The last server that used it has closed. */
  close? (): Promise<void>
  /**
   * What to do while the store fails: `handle` handles messages without it (one may be handled again), `refuse` answers
   * 503, so that WeCom tries again. Default `handle`.
   */
  readonly onStoreError?: 'handle' | 'refuse'
}

/**
 * Gives a run back to its store unfinished, so that another attempt may begin it; whether the store hears of it, nobody
 * waits for.
 */
export function letGo (run: OwnedRun): void {
  (async () => await run.settle({ state: 'failed' }))().catch(() => {})
}
