import { takesPassiveReply, type Kind } from '../message/kind.js'

/** What WeCom expects of the answer to a kind. */
export interface Answering {
  answerWithinMs?: number
  sentOnce: boolean
  passiveReply: boolean
}

/** Room for the way back, where WeCom waits for one second. */
const MARGIN = 100

/**
 * Milliseconds after which a message is acknowledged though its handler still runs; undefined where the answer is held back,
 * so that WeCom's retry collects it: kinds with a passive reply that are sent again, unless a hook takes late replies.
 */
export function deadlineOf (answering: Answering, deadline: number, takesLateReplies: boolean): number | undefined {
  const { answerWithinMs, sentOnce, passiveReply } = answering
  if (passiveReply && !sentOnce && !takesLateReplies) return undefined
  return answerWithinMs === undefined ? deadline : Math.min(deadline, answerWithinMs - MARGIN)
}

// Until the catalogue is merged.
export function answeringOf (kind: string): Answering {
  return { sentOnce: false, passiveReply: takesPassiveReply({ scene: 'app', key: kind } as Kind) }
}
