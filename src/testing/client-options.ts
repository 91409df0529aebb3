import type { TestCredentials } from './credentials.js'
import type { Injectable } from './inject-transport.js'

/** Where requests go: to an app, without a socket, or to a URL. */
export type Target =
  | {
    /**
     * An app of Fastify's, or anything with `inject`.
     *
     * @example app: Fastify()
     */
    app: Injectable
    /**
     * The callback's path, with a query if it has one.
     *
     * @example path: '/wecom/callback'
     */
    path: string
    url?: never
  }
  | {
    /**
     * The callback's URL, of any server.
     *
     * @example url: 'http://127.0.0.1:3000/wecom/callback'
     */
    url: string | URL
    app?: never
    path?: never
  }

/** What `wecomClient` takes, besides its target. */
export interface ClientSettings {
  /**
   * Those of the callback URL.
   *
   * @example credentials: newCredentials()
   */
  credentials: TestCredentials
  /**
   * How messages and envelopes are written. Default: JSON for bots (智能机器人), else XML.
   *
   * @example format: 'json'
   */
  format?: 'xml' | 'json'
  /**
   * Keys of a JSON envelope: `encrypt` or `Encrypt`. The official PHP library reads the second only, and writes the
   * first; such an answer is no problem. Default `lower`.
   *
   * @example spelling: 'capital'
   */
  spelling?: 'lower' | 'capital'
  /**
   * Milliseconds since 1970, for the timestamps of requests. Default `Date.now`.
   *
   * @example now: () => Date.now() - 600_000
   */
  now?: () => number
  /**
   * Milliseconds for one request. Default 5 000, as WeCom's.
   *
   * @example timeout: 1_000
   */
  timeout?: number
  /**
   * Sent with every request. Default: none but what WeCom sends.
   *
   * @example headers: { 'x-forwarded-for': '203.0.113.1' }
   */
  headers?: Readonly<Record<string, string>>
}

export type ClientOptions = ClientSettings & Target

/** What one request may do otherwise than the client. */
export interface SendOptions {
  /**
   * How this message is written. Default: as the client says.
   *
   * @example format: 'json'
   */
  format?: 'xml' | 'json'
  /**
   * Keys of this JSON envelope. Default: as the client says.
   *
   * @example spelling: 'capital'
   */
  spelling?: 'lower' | 'capital'
  /**
   * Unix seconds. Default: now.
   *
   * @example timestamp: 1_409_659_589
   */
  timestamp?: number | string
  /**
   * Default: random.
   *
   * @example nonce: '263014780'
   */
  nonce?: string
  /**
   * Default: that of the credentials.
   *
   * @example receiveId: 'ww-another'
   */
  receiveId?: string
  /**
   * To send a wrong one. Default: the right one.
   *
   * @example signature: '0'.repeat(40)
   */
  signature?: string
  /**
   * `false` sends none. Default: `text/xml` or `application/json`.
   *
   * @example contentType: 'application/octet-stream'
   */
  contentType?: string | false
  /**
   * Sent with this request, over those of the client. Default: none.
   *
   * @example headers: { 'content-encoding': 'gzip' }
   */
  headers?: Readonly<Record<string, string>>
  /**
   * Milliseconds for this request. Default: as the client says.
   *
   * @example timeout: 1_000
   */
  timeout?: number
  /**
   * Milliseconds over which the body dribbles in. Default 0.
   *
   * @example pace: 2_000
   */
  pace?: number
}
