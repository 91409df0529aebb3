import { randomBytes, randomInt } from 'node:crypto'

/** The settings of one callback URL, as the WeCom console shows them, from WeCom's side. */
export interface TestCredentials {
  token: string
  /** 43 characters. */
  encodingAESKey: string
  /** What WeCom seals messages with: corpid, suite id, `''` for bots. */
  receiveId: string
  /** What WeCom seals URL verification with where that differs (a provider's own corpid). Default: `receiveId`. */
  verifyReceiveId?: string
}

/**
 * Fresh settings for a test. `receiveId` defaults to a corpid that nobody has.
 *
 * @example
 * ```ts
 * await app.register(wecom, { path: '/wecom', credentials: newCredentials() })
 * ```
 */
export function newCredentials (receiveId = `ww${randomBytes(8).toString('hex')}`): TestCredentials {
  return { token: newToken(), encodingAESKey: newEncodingAESKey(), receiveId }
}

/** A token as the console makes them: 32 letters and digits, the most it takes. */
export function newToken (): string {
  return pick(ALPHANUMERIC, 32)
}

/**
 * An EncodingAESKey as the console makes them: 43 letters and digits. The two spare bits of the last character are
 * zero, as strict base64 decoders refuse others.
 */
export function newEncodingAESKey (): string {
  return pick(ALPHANUMERIC, 42) + pick('AEIMQUYcgkosw048', 1)
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function pick (alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
