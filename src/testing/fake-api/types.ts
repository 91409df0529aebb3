/**
 * What can go wrong with a call, see `FakeApi.fault`.
 *
 * Nothing is done where it is `expired-token` (42001), `rate-limit` (45009), `untrusted-ip` (60020), `busy` (-1),
 * `server-error` (502) or `garbage` (a page of HTML with status 200). The call is done, and the caller does not learn
 * it, where it is `cut-json` (half an answer), `cut-off` (the connection breaks within the answer) or `hang` (no answer
 * ever); `slow` answers late.
 */
export const FAKE_API_FAULTS = [
  'expired-token',
  'rate-limit',
  'untrusted-ip',
  'busy',
  'server-error',
  'garbage',
  'cut-json',
  'cut-off',
  'hang',
  'slow'
] as const

/** One of `FAKE_API_FAULTS`. */
export type FakeApiFault = (typeof FAKE_API_FAULTS)[number]

/** What `fakeApi` takes. Durations are in milliseconds. */
export interface FakeApiOptions {
  /**
   * userids that exist; messages to others alone are refused with 81013. Default: everybody exists.
   *
   * @example members: ['zhangsan']
   */
  members?: readonly string[] | undefined
  /**
   * How long an access token is good, in whole seconds as WeCom tells it. Default 7 200 000 ms.
   *
   * @example tokenLifetime: 2_000
   */
  tokenLifetime?: number | undefined
  /**
   * How long a WelcomeCode is good. Default 20 000 ms, as WeCom's.
   *
   * @example welcomeLifetime: 200
   */
  welcomeLifetime?: number | undefined
  /**
   * How many messages a page of kf/sync_msg has at most, whatever `limit` says. Default 1 000.
   *
   * @example pageSize: 2
   */
  pageSize?: number | undefined
  /**
   * How late `slow` answers. Default 1 000 ms.
   *
   * @example slowBy: 100
   */
  slowBy?: number | undefined
}

/** A call as it came. Holds no token and no secret. */
export interface FakeApiCall {
  /** After `/cgi-bin/`. */
  path: string
  /** Without tokens and secrets. */
  query: Record<string, string>
  /** As an object; `undefined` for a GET. */
  body: Record<string, unknown> | undefined
  /** Milliseconds since 1970. */
  at: number
  /** What it was answered with; `undefined` if a fault kept WeCom's answer back. */
  errcode: number | undefined
  fault: FakeApiFault | undefined
}

/** WeCom's API, played on loopback. */
export interface FakeApi {
  /** For `createWecomApi`; the values are made up and hold for this one alone. */
  readonly settings: { corpId: string, secret: string, agentId: number, baseUrl: string }
  /** For service/get_suite_token. */
  readonly suite: { suiteId: string, suiteSecret: string }
  /** All calls, in order. */
  readonly calls: readonly FakeApiCall[]
  /** The calls of one endpoint. */
  callsOf (path: string): FakeApiCall[]
  /** The messages that message/send has taken. */
  readonly sent: ReadonlyArray<Record<string, unknown>>
  /** Lets the next `times` calls of an endpoint go wrong. Default: the next one. */
  fault (path: string, fault: FakeApiFault, times?: number): void
  /** What an endpoint answers that is not played here. */
  answer (path: string, answer: object | ((call: FakeApiCall) => object)): void
  /** WeCom may end tokens before their time. */
  expireTokens (): void
  /** Something came for a customer-service account; returns the Token of its kf_msg_or_event. */
  receiveKf (openKfId: string, messages: readonly object[]): string
  /** As an event of a new customer carries it. Works once, for 20 seconds. */
  newWelcomeCode (): string
  /** As info.suite_ticket carries it. */
  newSuiteTicket (): string
  /** As info.create_auth carries it. Works once. */
  newAuthCode (corpId: string): string
  /** As event.template_card_event carries it. Works once. */
  newResponseCode (): string
  close (): Promise<void>
}
