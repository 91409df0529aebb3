import { createCodes } from './codes.js'
import type { Refusal } from './incoming.js'

/** The access tokens of the one app. */
export interface AppTokens {
  gettoken (query: Readonly<Record<string, string>>): object
  /** Why a token is not taken. */
  refuse (token: string | undefined): Refusal | undefined
  expire (): void
}

/** @param lifetime milliseconds */
export function createAppTokens ({ corpId, secret }: { corpId: string, secret: string }, lifetime: number): AppTokens {
  const tokens = createCodes<true>('token', lifetime)
  let current: string | undefined
  let until = 0

  return {
    gettoken ({ corpid, corpsecret }) {
      if (corpid !== corpId) return { errcode: 40013, errmsg: 'invalid corpid' }
      if (corpsecret !== secret) return { errcode: 40001, errmsg: 'invalid credential' }
      // While a token is good, WeCom gives the same again [91039].
      if (current === undefined || tokens.look(current) === undefined) {
        current = tokens.issue(true)
        until = performance.now() + lifetime
      }
      const left = Math.max(1, Math.round((until - performance.now()) / 1_000))
      return { errcode: 0, errmsg: 'ok', access_token: current, expires_in: left }
    },
    refuse (token) {
      if (token === undefined) return { errcode: 41001, errmsg: 'access_token missing' }
      if (!tokens.knows(token)) return { errcode: 40014, errmsg: 'invalid access_token' }
      return tokens.look(token) === undefined ? { errcode: 42001, errmsg: 'access_token expired' } : undefined
    },
    expire () { tokens.expire() }
  }
}
