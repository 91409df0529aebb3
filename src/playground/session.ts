import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** The key of the printed URL, and the cookie that takes its place after the first visit. */
export interface Session {
  readonly key: string
  /** Names the key without telling it. */
  readonly id: string
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
 * The cookie is not the key, but a secret of its own: browsers send cookies to every port of a host, so another server
 * on this machine may see it, if it can lure the browser to the same path. Its name has the start in it, as two apps on
 * two ports would overwrite each other's. With a key that was chosen, both are made from it, one way: an open page goes
 * on after a restart.
 */
export function createSession (path: string, chosen?: string): Session {
  const key = chosen ?? randomBytes(KEY_LENGTH).toString('base64url')
  const derive = (purpose: string) =>
    createHmac('sha256', key).update(`fastify-wecom playground ${purpose} ${path}`).digest().subarray(0, KEY_LENGTH)
  const secret = derive('cookie').toString('base64url')
  const id = derive('name').toString('hex').slice(0, 8)
  const name = `wecom_playground_${id}`
  return {
    key,
    id,
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
