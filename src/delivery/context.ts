import type { MediaRef } from '../bot/media-of.js'
import type { OpenMediaOptions } from '../bot/open-media.js'
import type { OpenedMedia } from '../bot/opened-media.js'
import type { RespondReply } from '../bot/respond-reply.js'
import type { WecomCallback } from '../receiver/types.js'
import type { Log } from '../telemetry/log.js'

/** A message and its handling, on any server. */
export interface CallbackContext<L extends Log = Log> extends WecomCallback {
  /** The same for every request of WeCom for this message, and for no other message: 43 characters of [A-Za-z0-9_-]. */
  readonly key: string
  /** Which request of WeCom for this message this is; 1 for the first. */
  readonly attempt: number
  /**
   * Aborts when the server is closing and its grace is over, or when no retry of WeCom can collect the reply any more.
   * Created when it is first read.
   */
  readonly signal: AbortSignal
  /** The request's logger. */
  readonly log: L
  /**
   * Sends one message in addition to the answer, to the `response_url` of a bot's message or card event: once, within
   * an hour, and it is never tried again [101138]. A `text()` is sent as markdown; cards only in single chats.
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
   * Stops the streams of this conversation in every process, except this message's own; resolves with their number.
   *
   * @example router.on('aibot.text', async (message, context) => { if (isStop(message)) await context.stopStreams() })
   */
  stopStreams (): Promise<number>
}
