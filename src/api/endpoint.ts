import { quote } from '../errors.js'
import { optionInvalid } from '../support/options.js'

/** What follows from an endpoint's name. */
export interface Endpoint {
  /** After `/cgi-bin/`. */
  path: string
  /** Whether a token of ours belongs to it. */
  takesToken: boolean
}

/** @throws WecomError WECOM_OPTION_INVALID */
export function readPath (path: unknown): Endpoint {
  const [, bare] = /^\/?(?:cgi-bin\/)?((?:\w[\w-]*\/)*\w[\w-]*)$/.exec(typeof path === 'string' ? path : '') ?? []
  if (bare === undefined) {
    throw optionInvalid(
      "path to be what comes after /cgi-bin/, as in 'user/get'",
      // A query in it may hold a token.
      typeof path === 'string' ? 'a text with other characters than letters, digits, _ - and /' : quote(path),
      'Give the query as call(path, body, { query: { … } }).'
    )
  }
  return { path: bare, takesToken: !WITHOUT_TOKEN.includes(bare) }
}

/**
 * Whether a call may be repeated though WeCom may have got it.
 *
 * @throws WecomError WECOM_OPTION_INVALID where it must not and `retry` says it may
 */
export function isRepeatable (path: string, fields: object, retry: boolean | undefined): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name.startsWith('send')) {
    if (retry !== true) return false
    throw optionInvalid(
      `no retry for ${path}`,
      'retry: true',
      'WeCom takes a repeat for another message. Leave retry out; error.mayHaveArrived tells whether to send it again.'
    )
  }
  return retry ?? (READS.test(name) && !Object.keys(fields).some(field => CODES.includes(field)))
}

const WITHOUT_TOKEN = ['gettoken', 'service/get_suite_token', 'service/get_provider_token']

const READS = /^(get|list|simplelist|batch_?get|search|sync_msg)/

/** What works once: a repeat of what has arrived fails, and hides the answer. */
const CODES = ['code', 'auth_code', 'tmp_auth_code', 'js_code', 'user_ticket', 'welcome_code', 'response_code']
