import type { CallbackContext } from '../delivery/context.js'
import type { TextReply } from '../reply/text.js'
import type { LateReply } from '../reply/types.js'
import type { TokenStore } from './token-store.js'

/** What `createWecomApi` takes. Durations are in milliseconds. */
export interface WecomApiOptions {
  /**
   * The corp of the app. Required with `secret`. If you leave both out, calls carry no access token; a suite passes its
   * own in `query`.
   *
   * @example corpId: 'ww1234567890abcdef'
   */
  corpId?: string | undefined
  /**
   * The app's secret; for a customised app (代开发) the permanent code. Required with `corpId`.
   *
   * @example secret: process.env.WECOM_CORP_SECRET
   */
  secret?: string | undefined
  /**
   * The app that `send` sends as. Only `send` requires it. Default: none.
   *
   * @example agentId: 1000002
   */
  agentId?: number | string | undefined
  /**
   * Where WeCom's API is: a private deployment, a proxy whose IP is trusted, or `fakeApi()`. Default
   * `https://qyapi.weixin.qq.com`.
   *
   * @example baseUrl: 'https://wecom.example.com'
   */
  baseUrl?: string | URL | undefined
  /**
   * How long one request may take; then it is tried again if that is safe. Default 10 000 ms.
   *
   * @example timeout: 5_000
   */
  timeout?: number | undefined
  /**
   * Where the access token is kept; `redisTokens()` of fastify-wecom/redis serves several machines. Default: the memory
   * of this process.
   *
   * @example tokens: redisTokens({ client: redis, encryptionKey })
   */
  tokens?: TokenStore | undefined
}

/** Options of one call. */
export interface CallOptions {
  /**
   * Query parameters. A token among them (`suite_access_token`, `provider_access_token` or `access_token`) replaces the
   * app's access token. Default: none.
   *
   * @example query: { userid: 'zhangsan' }
   */
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  /**
   * Aborts the call; the promise rejects with the signal's reason. WeCom still does what it received. Default: none.
   *
   * @example signal: AbortSignal.timeout(15_000)
   */
  signal?: AbortSignal | undefined
  /**
   * Whether the call may be repeated although WeCom may have received it: after -1, a time-out or an unreadable answer.
   * Default: true if the last part of the path begins with `get`, `list`, `simplelist`, `batch_get`, `search` or
   * `sync_msg` and no code that works only once is sent (`code`, `auth_code`, …). Calls that send something to people
   * are never repeated.
   *
   * @example retry: true
   */
  retry?: boolean | undefined
}

/** What every answer of WeCom has; you give the type of the rest. */
export interface ApiAnswer {
  /** 0, or absent. */
  errcode?: number
  errmsg?: string
}

/** Whom `send` writes to: a handler's context, or as much of it. */
export interface ApiRecipient {
  /** userid. */
  readonly sender: CallbackContext['sender']
  /** The corp, if it is known: a corp other than the API's is refused. */
  readonly receiveId?: string
  /** Router key of the message, if it is known. */
  readonly kind?: string
}

/** A markdown message, as the message API has it [90236]. */
export interface MarkdownMessage {
  msgtype: 'markdown'
  /** Up to 2048 bytes of UTF-8; longer text is cut, with a warning. */
  markdown: { content: string }
}

/** What `send` takes: what handlers return and `onLateReply` gets, and markdown. */
export type Sendable = LateReply | TextReply | MarkdownMessage

/** WeCom's answer to a message that it has accepted [90236]. */
export interface SendResult extends ApiAnswer {
  /** For `message/recall`, within 24 hours. */
  msgid?: string
  /** Of cards with buttons, votes and choices: for one update within 72 hours. */
  response_code?: string
}

/** WeCom's API, as one app calls it. */
export interface WecomApi {
  /**
   * Calls an endpoint: POST with `body` as JSON, or GET without a body. `path` is what comes after `/cgi-bin/`. Not for
   * endpoints that upload or download files.
   *
   * @example
   * ```ts
   * const { name } = await api.call<{ name: string }>('user/get', undefined, { query: { userid: 'zhangsan' } })
   * ```
   *
   * @throws WecomApiError; WecomError WECOM_OPTION_INVALID
   */
  call <T extends object = Record<string, unknown>>(
    path: string, body?: object, options?: CallOptions
  ): Promise<T & ApiAnswer>
  /**
   * Sends a reply to the sender of a message, with message/send: text, image, voice, video, news, markdown or template
   * card.
   *
   * @throws WecomApiError; WecomError WECOM_REPLY_INVALID for what message/send cannot send
   */
  send (reply: Sendable, to: ApiRecipient): Promise<SendResult>
  /** `send` as the option `onLateReply` of any adapter or worker. */
  readonly onLateReply: (reply: LateReply, context: ApiRecipient) => Promise<SendResult>
}
