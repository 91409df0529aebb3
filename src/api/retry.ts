import { setTimeout as wait } from 'node:timers/promises'
import { WecomApiError } from './error.js'
import { isPassing } from './request.js'

/** WeCom asks for no more [90313]. */
const MOST_RETRIES = 3
/** Milliseconds before the first; twice as many before each further one. */
const BACKOFF = 250

/** Repeats what is safe to repeat: all that never left, and else what the endpoint allows. */
export async function retrying<T> (
  work: () => Promise<T>, repeatable: boolean, signal: AbortSignal | undefined
): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof WecomApiError) || retries === MOST_RETRIES) throw error
      if (!isPassing(error) || (error.mayHaveArrived && !repeatable)) throw error
      await pause(BACKOFF * 2 ** retries * (0.75 + Math.random() / 2), signal)
    }
  }
}

async function pause (milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
