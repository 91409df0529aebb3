import type { Answering } from '../message/lookup.js'
import { RETRY_WINDOW } from './wecom-times.js'

/** Room for the way back, where WeCom waits for one second. */
const MARGIN = 100

/**
 * Milliseconds after which a message is acknowledged though its handler still runs; undefined where the answer is held
 * back, so that WeCom's retry collects it: kinds with a passive reply that are sent again, unless a hook takes late
 * replies. Kinds that are not known are acknowledged: most events take no reply.
 */
export function deadlineOf (
  kind: Answering | undefined,
  deadline: number,
  takesLateReplies: boolean
): number | undefined {
  if (kind?.passiveReply === true && !kind.sentOnce && !takesLateReplies) return undefined
  return kind?.answerWithinMs === undefined ? deadline : Math.min(deadline, kind.answerWithinMs - MARGIN)
}

/** What a clock may be set back by while a run is remembered, and the edge of the tolerance itself. Milliseconds. */
const CLOCK_JUMP = 61_000

/**
 * Until when a handled message is remembered, milliseconds since 1970: as long as a captured request would pass the
 * timestamp check, though the clock be set back by a minute, and never less than WeCom may take for its retries.
 */
export function keepUntil (timestamp: string, tolerance: number): number {
  const replayable = tolerance === Infinity ? 0 : Number(timestamp) * 1000 + tolerance + CLOCK_JUMP
  return Math.max(Date.now() + RETRY_WINDOW, replayable)
}
