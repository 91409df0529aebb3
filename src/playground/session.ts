import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** The key of the printed URL, and the cookie that takes its place after the first visit. */
export interface Session {
  readonly key: string
  /** Whether this is the key of the URL. */
  opens (key: unknown): boolean
  /** Whether a Cookie header holds the session's cookie. */
  holds (cookies: string | undefined): boolean
  /** For Set-Cookie. */
  readonly cookie: string
}

/** Bytes. */
const KEY_LENGTH = 24

/**
 * The cookie is not the key, but a secret of its own: browsers send cookies to every port of a host, so another server on this machine may
 * see it, if it can lure the browser to the same path. Its name has the process in it, as two apps on two ports would overwrite each other's.
 */
export function createSession (path: string, key = randomBytes(KEY_LENGTH).toString('base64url')): Session {
  const secret = randomBytes(KEY_LENGTH).toString('base64url')
  const name = `wecom_playground_${randomBytes(4).toString('hex')}`
  return {
    key,
    opens: given => typeof given === 'string' && equal(given, key),
    holds: cookies => (cookies ?? '').split(';').some(cookie => {
      const [given, value] = cookie.trim().split('=', 2)
      return given === name && value !== undefined && equal(value, secret)
    }),
    cookie: `${name}=${secret}; Path=${path}; HttpOnly; SameSite=Strict`
  }
}

/** In constant time, whatever the lengths. */
function equal (left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest())
}
