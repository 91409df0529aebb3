import { hash } from 'node:crypto'
import { WecomApiError } from './error.js'
import type { Requester } from './request.js'
import { retrying } from './retry.js'
import type { FetchedToken, TokenStore } from './token-store.js'

/** The access token of one app. */
export interface TokenSource {
  /**
   * The token that is good now, fetched once for all who ask at a time. `refused`: one that WeCom no longer takes.
   * `signal` gives up the waiting alone: others wait for the same.
   */
  get (refused: string | undefined, signal: AbortSignal | undefined): Promise<string>
}

export function createTokenSource (
  corpId: string, secret: string, request: Requester, store: TokenStore | undefined
): TokenSource {
  // A secret is 43 random characters: nobody finds it by its digest.
  const key = hash('sha256', `${corpId}\0${secret}`, 'base64url')
  const fetchToken = async (): Promise<FetchedToken> => await requestToken(corpId, secret, request)
  let kept = { token: '', until: -Infinity }
  let flight: { refused: string | undefined, token: Promise<string> } | undefined

  async function obtain (refused: string | undefined): Promise<string> {
    const { token, goodFor } = await (store === undefined ? fetchToken() : store.obtain(key, fetchToken, refused))
    kept = { token, until: performance.now() + goodFor }
    return token
  }

  function fly (refused: string | undefined): NonNullable<typeof flight> {
    flight ??= { refused, token: obtain(refused).finally(() => { flight = undefined }) }
    return flight
  }

  return {
    async get (refused, signal) {
      signal?.throwIfAborted()
      if (kept.token !== refused && performance.now() < kept.until) return kept.token
      const joined = fly(refused)
      const token = await unlessAborted(joined.token, signal)
      // Brought by a flight that began before it was refused. What WeCom gives again though it was, is all there is.
      return token === refused && joined.refused !== refused ? await unlessAborted(fly(refused).token, signal) : token
    }
  }
}

/** The part of its life for which a token is renewed before its end, and the most of that, milliseconds. */
const MARGIN = 0.1
const LONGEST_MARGIN = 300_000

async function requestToken (corpId: string, secret: string, request: Requester): Promise<FetchedToken> {
  const path = 'gettoken'
  const query = { corpid: corpId, corpsecret: secret }
  const { access_token: token, expires_in: seconds } = await retrying(
    async () => await request({ path, body: undefined, query, signal: undefined }),
    true,
    undefined
  )
  if (typeof token !== 'string' || token === '' || typeof seconds !== 'number' || !(seconds > 0)) {
    throw new WecomApiError({
      path,
      got: 'an answer without access_token and expires_in',
      status: 200,
      mayHaveArrived: false,
      cure: 'This answer is not from WeCom: check baseUrl.'
    })
  }
  const life = seconds * 1_000
  return { token, goodFor: life - Math.min(life * MARGIN, LONGEST_MARGIN) }
}

async function unlessAborted<T> (promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => { reject(signal.reason) }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
