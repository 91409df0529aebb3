import { quote } from '../errors.js'
import { checkDuration, checkNames, checkUnit, optionInvalid } from '../support/options.js'
import type { WecomApiOptions } from './types.js'

/** Checks what `createWecomApi` is given, once, and fills in the defaults. */
export function checkApiOptions (options: WecomApiOptions) {
  checkNames('createWecomApi', options, ['corpId', 'secret', 'agentId', 'baseUrl', 'timeout', 'tokens'])
  const { corpId, secret, agentId, baseUrl = 'https://qyapi.weixin.qq.com', timeout = 10_000, tokens } =
    (options ?? {}) as WecomApiOptions
  for (const [name, value] of Object.entries({ corpId, secret })) {
    if (value === undefined && corpId === secret) continue
    if (typeof value !== 'string' || value.trim() === '') {
      throw optionInvalid(
        `createWecomApi ${name} to be text that is not empty`,
        typeof value === 'string' ? 'an empty text' : quote(value),
        'corpId stands under My company (我的企业) in the console, secret on the page of the app; give both or neither.'
      )
    }
  }
  if (tokens !== undefined && typeof (tokens as { obtain?: unknown } | null)?.obtain !== 'function') {
    throw optionInvalid(
      'createWecomApi tokens to be a store of tokens',
      quote(tokens),
      'Give redisTokens({ client, encryptionKey }) of fastify-wecom/redis, or leave tokens out.'
    )
  }
  return {
    app: corpId === undefined || secret === undefined ? undefined : { corpId, secret },
    agentId: agentId === undefined ? undefined : checkAgentId(agentId),
    baseUrl: checkBaseUrl(baseUrl),
    timeout: checkUnit('createWecomApi timeout', checkDuration('createWecomApi timeout', timeout), 50),
    tokens
  }
}

function checkAgentId (agentId: unknown): number {
  if ((typeof agentId === 'number' || typeof agentId === 'string') && /^\d{1,15}$/.test(String(agentId))) {
    return Number(agentId)
  }
  throw optionInvalid(
    'createWecomApi agentId to be a whole number',
    // Whoever mixes the two up has given the secret.
    typeof agentId === 'string' ? 'a text that is no number' : quote(agentId),
    "The app's page in the console shows it (AgentId)."
  )
}

function checkBaseUrl (baseUrl: unknown): URL {
  const url = URL.canParse(String(baseUrl)) ? new URL(String(baseUrl)) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.username === '') return url
  throw optionInvalid(
    'createWecomApi baseUrl to be an http: or https: URL without query and password',
    url === undefined ? quote(baseUrl) : `a URL that begins with ${url.protocol}`,
    'Leave it out for https://qyapi.weixin.qq.com; /cgi-bin/ is added.'
  )
}
