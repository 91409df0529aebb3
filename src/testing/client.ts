import { checkClientOptions, checkFollowOptions, checkSendOptions, VERIFY } from './check-options.js'
import type { ClientOptions, SendOptions } from './client-options.js'
import { clientEngine, type SealedRequest } from './engine.js'
import { writeMessage } from './message-text.js'
import type { WecomReply } from './reply.js'
import { followStream } from './stream/follow.js'
import type { FollowedStream, FollowOptions } from './stream/types.js'
import { MAX_BOT_ANSWER } from './transport.js'

/** What came of URL verification. */
export interface VerifyReply {
  /**
   * Whether WeCom would save the URL: status 200, and exactly the echo. Its limit of a second is not looked at: see
   * `ms`.
   */
  readonly ok: boolean
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** What had to come back. */
  readonly echo: string
  /** What came back. */
  readonly raw: string
  readonly ms: number
}

/** WeCom, as far as one callback URL sees of it. */
export interface WecomClient {
  /** Verifies the URL as the console does when it is saved. */
  verify (
    options?: Pick<SendOptions, 'timestamp' | 'nonce' | 'receiveId' | 'signature' | 'headers' | 'timeout'>
  ): Promise<VerifyReply>
  /**
   * Sends a message, once, and opens the answer. `message` is an object (`sample('text')`), or XML or JSON text.
   *
   * @throws TransportFault where no answer comes in time
   */
  send (message: object | string, options?: SendOptions): Promise<WecomReply>
  /**
   * Sends a message to a bot, once, and polls its stream as WeCom does until it is finished: what the user sees, frame
   * by frame, and what is wrong with it [100719, 101031]. A poll that fails is a problem, and the next one follows.
   * Where the message is not answered by a stream, `frames` is empty and `reply` tells what it was.
   *
   * @example
   * ```ts
   * const client = wecomClient({ credentials: newCredentials(''), app, path: '/wecom' })
   * const { frames, final, problems } = await client.follow(sample('aibot.text'), { every: 50 })
   * ```
   *
   * @throws TransportFault where the message itself gets no answer in time
   */
  follow (message: object | string, options?: FollowOptions): Promise<FollowedStream>
  /** Seals a message without sending it, for other ways of sending. */
  seal (message: object | string, options?: SendOptions): SealedRequest
}

/**
 * Makes signed, encrypted requests as WeCom would, and opens the answers.
 *
 * @example
 * ```ts
 * const client = wecomClient({ credentials: newCredentials(), app, path: '/wecom' })
 * const reply = await client.send(sample('text', { Content: '你好' }))
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function wecomClient (options: ClientOptions): WecomClient {
  checkClientOptions(options)
  const engine = clientEngine(options)
  return {
    async verify (send = {}) {
      checkSendOptions('verify', send, VERIFY)
      const { query, echo } = engine.sealEcho(send)
      const { status, headers, body, ms } = await engine.get(query, send)
      const raw = body.toString()
      return { ok: status === 200 && raw === echo, status, headers, echo, raw, ms }
    },
    seal (message, send) {
      checkSendOptions('seal', send)
      return engine.seal(writeMessage(message, send?.format ?? options.format), send).request
    },
    async send (message, send = {}) {
      checkSendOptions('send', send)
      const sealed = engine.seal(writeMessage(message, send.format ?? options.format), send)
      const most = sealed.asked.product === 'aibot' ? MAX_BOT_ANSWER : undefined
      return engine.open(await engine.post(sealed.request, { ...send, most }), sealed.asked)
    },
    async follow (message, follow) {
      checkFollowOptions(follow)
      return await followStream(options, engine, message, follow)
    }
  }
}
