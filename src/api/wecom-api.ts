import { createTokenSource } from './access-token.js'
import { isRepeatable, readPath } from './endpoint.js'
import { WecomApiError } from './error.js'
import { checkApiOptions } from './options.js'
import { createRequester } from './request.js'
import { retrying } from './retry.js'
import { createSender } from './send.js'
import type { ApiAnswer, CallOptions, WecomApi, WecomApiOptions } from './types.js'

/**
 * WeCom's API for one app: it gets, renews and hides the access token, tries again where that is safe, and sends late
 * replies.
 *
 * @example
 * ```ts
 * const api = createWecomApi({ corpId, secret: '…', agentId: 1000002 })
 * await app.register(wecom, { path: '/wecom', credentials, handler: createRouter(), onLateReply: api.onLateReply })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function createWecomApi (options: WecomApiOptions): WecomApi {
  const { app, agentId, baseUrl, timeout, tokens } = checkApiOptions(options)
  const request = createRequester(baseUrl, timeout)
  const source = app === undefined ? undefined : createTokenSource(app.corpId, app.secret, request, tokens)

  async function call<T extends object> (
    given: string, body?: object, { query = {}, signal, retry }: CallOptions = {}
  ): Promise<T & ApiAnswer> {
    const { path, takesToken } = readPath(given)
    const repeatable = isRepeatable(path, { ...query, ...body }, retry)
    const ask = async (token?: { access_token: string }): Promise<T & ApiAnswer> => await retrying(
      async () => await request({ path, body, query: { ...query, ...token }, signal }), repeatable, signal
    ) as T & ApiAnswer
    if (source === undefined || !takesToken || OTHER_TOKENS.some(name => query[name] !== undefined)) return await ask()
    const token = await source.get(undefined, signal)
    try {
      return await ask({ access_token: token })
    } catch (error) {
      // Refused before anything was done, so that even a message can go again.
      if (!(error instanceof WecomApiError && TOKEN_REFUSED.includes(error.errcode))) throw error
      return await ask({ access_token: await source.get(token, signal) })
    }
  }

  const send = createSender({ call, corpId: app?.corpId, agentId })
  return { call, send, onLateReply: send }
}

const OTHER_TOKENS = ['access_token', 'suite_access_token', 'provider_access_token']
const TOKEN_REFUSED: ReadonlyArray<number | undefined> = [40001, 40014, 42001]
