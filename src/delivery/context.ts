import type { MediaRef } from '../bot/media-of.js'
import type { OpenMediaOptions } from '../bot/open-media.js'
import type { OpenedMedia } from '../bot/opened-media.js'
import type { RespondReply } from '../bot/respond-reply.js'
import type { WecomCallback } from '../receiver/received.js'
import type { Log } from '../support/log.js'

/** A message and its handling, on any server. */
export interface CallbackContext<L extends Log = Log> extends WecomCallback {
  /** The same for every request of WeCom for this message, and for no other message: 43 characters of [A-Za-z0-9_-]. */
  readonly key: string
  /** Which request of WeCom for this message this is; 1 for the first. */
  readonly attempt: number
  /**
   * Aborts when the server closes and its grace is over, or when no retry of WeCom can collect the reply any more. Made
   * when it is first read.
   */
  readonly signal: AbortSignal
  /** The request's logger. */
  readonly log: L
  /**
   * Sends one message beside the answer, by the `response_url` of a bot's message or card event: within an hour, once,
   * never tried again [101138]. A `text()` goes as markdown; cards in single chats only.
   *
   * @example await context.respond(text('做好了'))
   * @throws WecomError WECOM_RESPOND_UNAVAILABLE, WECOM_RESPOND_REFUSED, WECOM_RESPOND_FAILED, WECOM_REPLY_INVALID
   */
  respond (reply: RespondReply): Promise<void>
  /**
   * Downloads and decrypts an image, a file or a video of a bot's message, within 5 minutes [100719]; see `mediaOf`.
   *
   * @example const { stream, fileName } = await context.openMedia(mediaOf(message)[0])
   * @throws WecomError WECOM_MEDIA_EXPIRED, WECOM_MEDIA_TOO_LARGE, WECOM_MEDIA_CORRUPT, WECOM_MEDIA_HOST_REFUSED
   */
  openMedia (ref: MediaRef, options?: OpenMediaOptions): Promise<OpenedMedia>
  /**
   * Stops the streams of this conversation in every process, but for this message's own; resolves with how many.
   *
   * @example router.on('aibot.text', async (message, context) => { if (isStop(message)) await context.stopStreams() })
   */
  stopStreams (): Promise<number>
}
