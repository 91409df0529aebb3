import { WECOM_ERRORS } from '../errors.js'
import type { TestCredentials } from '../testing/credentials.js'
import type { PlayEvent, PostedView } from './protocol.js'
import { namedSecrets, secretName } from './secret-names.js'

/** What stands in a secret's place. */
export const HIDDEN = '•••'

/**
 * Takes secrets out of what the page is shown. Hide first and cut afterwards: half a secret is no longer known for one.
 */
export interface Hider {
  /** Free text, as of a log: token and key of the callback, and whatever goes by the name of a secret. */
  text (text: string): string
  /** A value as JSON, hidden likewise. */
  json (value: object): string
  /**
   * An event of a play: token and key wherever they stand but in the protocol's own words. What is signed and sealed is
   * what the page is for.
   */
  event (event: PlayEvent): PlayEvent
  /** The same of what came to a response_url. */
  posted (posted: PostedView): PostedView
}

export function createHider ({ token, encodingAESKey }: Pick<TestCredentials, 'token' | 'encodingAESKey'>): Hider {
  const anywhere = spellings([encodingAESKey, token].filter(secret => secret.length >= SHORTEST))
  // A short token may be part of any word: it is hidden where it stands alone in free text.
  const alone = token.length < SHORTEST && token !== '' ? new RegExp(`(?<!\\w)${escape(token)}(?!\\w)`, 'g') : undefined
  const known = (text: string) => anywhere === undefined ? text : text.replace(anywhere, HIDDEN)

  function text (given: string): string {
    const hidden = namedSecrets.reduce((rest, pattern) => rest.replace(pattern, `$1${HIDDEN}`), known(given))
    return alone === undefined ? hidden : hidden.replace(alone, HIDDEN)
  }

  return {
    text,
    json: value =>
      text(
        JSON.stringify(value, (name, inner: unknown) =>
          secretName.test(name) && inner !== null && inner !== undefined ? HIDDEN : inner
        ) ?? ''
      ),
    event: event => walk(event, '', known) as PlayEvent,
    posted: posted => walk(posted, '', known) as PostedView
  }
}

/** Characters of the shortest secret that is hidden within words. */
const SHORTEST = 6

/** As it is, and as queries, JSON and XML write it. */
function spellings (secrets: string[]): RegExp | undefined {
  const all = new Set(
    secrets.flatMap(secret => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    ])
  )
  // The longest first, as one may begin with another; the hex digits of %2B come in either case.
  const patterns = [...all]
    .sort((left, right) => right.length - left.length)
    .map(text => escape(text).replace(/%[0-9A-F]{2}/g, hex => `(?:${hex}|${hex.toLowerCase()})`))
  return patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'g')
}

function escape (text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}-]/g, '\\$&')
}

/** Names of fields are somebody's texts as well, below those of the protocol. */
function walk (value: unknown, path: string, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return isWord(path, value) ? value : hide(value)
  if (Array.isArray(value)) return value.map(item => walk(item, path, hide))
  if (typeof value !== 'object' || value === null) return value
  const foreign = FOREIGN.test(path)
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      foreign ? hide(name) : name,
      walk(inner, path === '' ? name : `${path}.${name}`, hide)
    ])
  )
}

/** Where names are not the protocol's own. */
const FOREIGN = new RegExp('^(?:content|body|seen\\.context\\.message|attempt\\.reply\\.message|' +
  'attempt\\.request\\.(?:query|headers)|attempt\\.response\\.headers)(?:\\.|$)')

/** Words of closed sets, by their place: a token may be such a word, and the page cannot do without them. */
const WORDS = new Set([
  'type',
  'kind',
  'outcome',
  'attempt.purpose',
  'attempt.outcome',
  'attempt.fault',
  'attempt.request.method',
  'attempt.reply.answer',
  'attempt.reply.problems.code',
  'seen.context.kind',
  'seen.context.format',
  'seen.context.envelopeFormat',
  'seen.log.level'
])

function isWord (path: string, value: string): boolean {
  return (
    WORDS.has(path) ||
    ((path === 'seen.log.code' || path === 'seen.log.thrown.code') && Object.hasOwn(WECOM_ERRORS, value))
  )
}
