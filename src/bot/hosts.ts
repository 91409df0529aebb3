import { quote } from '../errors.js'
import { optionInvalid } from '../support/options.js'

/** Where WeCom takes responses [101138]. */
export const RESPOND_HOSTS: readonly string[] = ['qyapi.weixin.qq.com']

/**
 * The origins that a list of hosts stands for: a host is meant as https on port 443, a whole origin as it is.
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function checkHosts (name: string, hosts: unknown): ReadonlySet<string> {
  if (!Array.isArray(hosts)) {
    throw optionInvalid(`${name} to be a list of hosts and origins`, quote(hosts), 'Leave it out for the default.')
  }
  return new Set(hosts.map(entry => originOf(name, entry)))
}

function originOf (name: string, entry: unknown): string {
  const whole = typeof entry === 'string' && entry.includes('://')
  const url = typeof entry === 'string' && entry !== '' ? parseUrl(whole ? entry : `https://${entry}`) : undefined
  const plain = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:') && url.pathname === '/' &&
    url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  // A host with a port reads like one that also speaks on 443; `https://host:8443` says what is meant.
  if (plain && (whole || (url.port === '' && !/:\d*$/.test((entry as string).replace(/^\[[^\]]*\]/, ''))))) {
    return url.origin
  }
  throw optionInvalid(
    `each of ${name} to be a host, as 'media.example.com' (https on port 443), or an origin, as ` +
      "'http://127.0.0.1:4000'",
    quote(entry),
    'Leave out path, query and user; write a port as part of an origin.'
  )
}

export function parseUrl (text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
