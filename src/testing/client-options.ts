import type { TestCredentials } from './credentials.js'
import type { Injectable } from './inject-transport.js'

/** Where requests go: to an app, without a socket, or to a URL. */
export type Target =
  | { app: Injectable, /** The callback's path, with a query if it has one. */ path: string, url?: never }
  | { url: string | URL, app?: never, path?: never }

/** What `wecomClient` takes, besides its target. */
export interface ClientSettings {
  credentials: TestCredentials
  /** How messages and envelopes are written. Default: JSON for bots (智能机器人), else XML. */
  format?: 'xml' | 'json'
  /**
   * Keys of a JSON envelope: `encrypt` or `Encrypt`. The official PHP library reads the second only, and writes the
   * first; such an answer is no problem. Default `lower`.
   */
  spelling?: 'lower' | 'capital'
  /** Milliseconds since 1970, for the timestamps of requests. Default `Date.now`. */
  now?: () => number
  /** Milliseconds for one request. Default 5 000, as WeCom's. */
  timeout?: number
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>
}

export type ClientOptions = ClientSettings & Target

/** What one request may do otherwise than the client. */
export interface SendOptions {
  format?: 'xml' | 'json'
  spelling?: 'lower' | 'capital'
  /** Unix seconds. Default: now. */
  timestamp?: number | string
  /** Default: random. */
  nonce?: string
  /** Default: that of the credentials. */
  receiveId?: string
  /** To send a wrong one. Default: the right one. */
  signature?: string
  /** `false` sends none. Default: `text/xml` or `application/json`. */
  contentType?: string | false
  headers?: Readonly<Record<string, string>>
  timeout?: number
  /** Milliseconds over which the body dribbles in. Default 0. */
  pace?: number
}
