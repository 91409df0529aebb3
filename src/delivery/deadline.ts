import type { Answering } from '../message/lookup.js'

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
