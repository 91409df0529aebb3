/** How a run ended: with the text of the reply (`''`: nothing to say), with an error, or answered by the handler's own hand. */
export type Outcome =
  | { state: 'done', reply: string }
  | { state: 'failed', error: unknown }
  | { state: 'bypassed' }

/** One handling of one message. It ends once; attempts wait for its outcome. */
export interface Run {
  readonly outcome: Promise<Outcome>
  readonly settled: boolean
  /** Only the first call counts. */
  settle (outcome: Outcome): void
}

/** One HTTP request of WeCom for a message. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** Whether this attempt is to start the handler. */
  readonly starts: boolean
  readonly run: Run
}

/** Brings the attempts for one message together. */
export interface AttemptStore {
  attach (): Promise<Attempt>
}

/** Every request is the first and only attempt of its own run. */
export function singleAttempts (): AttemptStore {
  return { attach: async () => ({ number: 1, starts: true, run: createRun() }) }
}

function createRun (): Run {
  let settled = false
  let resolve: (outcome: Outcome) => void
  const outcome = new Promise<Outcome>(_resolve => { resolve = _resolve })
  return {
    outcome,
    get settled () { return settled },
    settle (value) {
      settled = true
      resolve(value)
    }
  }
}
