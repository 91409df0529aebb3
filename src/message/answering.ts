/** What WeCom expects of the answer to a kind. */
export interface Answering {
  /** Whether it looks at the body for a reply. */
  readonly passiveReply: boolean
  /** Whether it sends the message once and never again. */
  readonly sentOnce: boolean
  /** Milliseconds; absent where the usual 5 000 hold. */
  readonly answerWithinMs?: number
}
