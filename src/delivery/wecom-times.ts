/*
 * What WeCom does in time, in milliseconds (page 90238: it waits five seconds, and tries three more times; that the
 * word may mean three times in all is why the third attempt counts as the last one here).
 */

/** How long WeCom waits for an answer. */
export const WECOM_WAITS = 5_000

/** Its retries are over by then, with room for clocks and queues. */
export const RETRY_WINDOW = 60_000

/** After this many attempts a further one is not certain. */
const CERTAIN_ATTEMPTS = 3

/** A retry follows the attempt that failed at once; one that has not come after this time will not come. */
export const RETRY_GAP = 5_000

/** As long as WeCom's next attempt is certain it is waited for longer: networks fail for some seconds. */
const PATIENT_GAP = 15_000

/**
 * How long after the last attempt has gone nobody will collect a reply any more, given how many attempts there were.
 */
export function abandonedAfter (attempts: number): number {
  return attempts < CERTAIN_ATTEMPTS ? PATIENT_GAP : RETRY_GAP
}
