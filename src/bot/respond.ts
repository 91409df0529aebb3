import { hash } from 'node:crypto'
import { quote, wecomError, type ErrorText, type WecomError } from '../errors.js'
import { emitWarning, type Warn } from '../reply/compose.js'
import { parseUrl } from './hosts.js'
import { composeRespond, type RespondReply } from './respond-reply.js'

export interface PostResponseOptions {
  /** The `response_url` of the message; a secret. */
  readonly url: string | undefined
  readonly reply: RespondReply
  /** Whether the message came from a single chat: cards are taken nowhere else. */
  readonly single: boolean
  /** Those that a response_url may have. */
  readonly origins: ReadonlySet<string>
  /** Whether nobody has used this name before, in any process. */
  claim (name: string): boolean | Promise<boolean>
  /** Milliseconds until the whole answer is there. Default 10 000. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Told of a text that was cut; by default the process warns. */
  readonly warn?: Warn | undefined
}

/**
 * Posts the one message that a response_url takes [101138]. The claim comes before the sending, and nothing is ever
 * sent twice: whether WeCom has shown it can be asked nowhere.
 *
 * @throws WecomError WECOM_REPLY_INVALID, WECOM_RESPOND_UNAVAILABLE, WECOM_RESPOND_REFUSED, WECOM_RESPOND_FAILED; the
 * reason of `signal` where it had aborted before anything was sent
 */
export async function postResponse (options: PostResponseOptions): Promise<void> {
  const { url, reply, single, origins, claim, timeout = 10_000, signal, warn = emitWarning } = options
  const body = composeRespond(reply, single, warn)
  const target = checkUrl(url, origins)
  signal?.throwIfAborted()
  await claimUrl(target, claim)
  const { exchange } = await import('./respond-exchange.js')
  const outcome = await exchange(target, body, timeout, signal)
  if (outcome.errcode !== undefined && outcome.errcode !== 0) throw refused(target, `errcode ${outcome.errcode}`)
  if (outcome.fault !== undefined) {
    throw wecomError('WECOM_RESPOND_FAILED', {
      expected: `${quote(target.host)} to take the message`,
      got: outcome.fault,
      fix: 'It is not known whether it was shown, so it is not sent again. Check the network between here and there.'
    })
  }
}

function checkUrl (url: unknown, origins: ReadonlySet<string>): URL {
  if (typeof url !== 'string' || url === '') {
    throw unavailable({
      expected: 'a message with a response_url',
      got: 'none',
      fix: 'Polls, feedback and enter_chat have none: answer them, or send with the message API.'
    })
  }
  const target = parseUrl(url)
  if (target === undefined) throw hostRefused('a text that is not a URL')
  if (target.username !== '' || target.password !== '') throw hostRefused('one with a user in it')
  if (!origins.has(target.origin)) throw hostRefused(quote(target.origin))
  return target
}

function hostRefused (got: string): WecomError {
  return wecomError('WECOM_RESPOND_REFUSED', {
    expected: 'a response_url of a host in respondHosts',
    got,
    fix: 'If you use a private deployment, add its host there; otherwise the message is not from WeCom.'
  })
}

async function claimUrl ({ href }: URL, claim: PostResponseOptions['claim']): Promise<void> {
  let free: boolean
  try {
    free = await claim(hash('sha256', href, 'base64url'))
  } catch (cause) {
    throw unavailable({
      expected: 'the store to say whether the response_url was used',
      got: 'an error',
      fix: 'Nothing was sent. See the cause.',
      cause
    })
  }
  if (free) return
  throw unavailable({
    expected: 'a response_url that was not used',
    got: 'one that was used before',
    fix: 'WeCom takes one message for each; send more with the message API.'
  })
}

function refused ({ host }: URL, got: string): WecomError {
  return wecomError('WECOM_RESPOND_REFUSED', {
    expected: `${quote(host)} to take the message`,
    got,
    fix: "Look up the number in WeCom's documents; the response_url is used up."
  })
}

function unavailable (text: ErrorText): WecomError {
  return wecomError('WECOM_RESPOND_UNAVAILABLE', text)
}
