import { createResolver } from '../credentials/resolve.js'
import { matchSignature, openSealed, type Opened } from '../credentials/open.js'
import type { CredentialHint } from '../credentials/types.js'
import { spacesToPlus } from '../crypto/echostr.js'
import { SIGNATURE_NAMES } from '../crypto/signature.js'
import { readEnvelope } from '../envelope/read.js'
import { quote, wecomError } from '../errors.js'
import { parseMessage } from '../message/parse.js'
import { checkReceiverOptions, type ReceiverOptions } from './options.js'
import type { Warn } from '../reply/compose.js'
import { traced } from '../telemetry/tracing.js'
import type { OpenedRequest } from './received.js'

/** What a server knows of a request: the decoded query, and the parameters of its route's path if it has any. */
export interface CallbackRequest {
  query: Readonly<Record<string, unknown>>
  params?: Readonly<Record<string, string>>
}

/** From a stranger's request to text that WeCom encrypted. */
export interface Opener {
  /** The echo of a URL verification. */
  verify (request: CallbackRequest): Promise<string>
  open (request: CallbackRequest & { body: string | Uint8Array }, warn: Warn): Promise<OpenedRequest>
}

/** @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID */
export function createOpener (options: ReceiverOptions): Opener {
  const { credentials, timestampTolerance, resolveTimeout } = checkReceiverOptions(options)
  const resolve = createResolver(credentials, resolveTimeout)

  async function openText (query: SignedQuery, encrypt: string, hint: CredentialHint): Promise<Opened> {
    const { phase } = hint
    const matching = await traced('verify', { phase }, async () => {
      const matching = matchSignature(await resolve(hint), { ...query, encrypt })
      checkTimestamp(query.timestamp, timestampTolerance)
      return matching
    })
    return await traced('decrypt', { phase }, async () => await openSealed(matching, encrypt, hint, resolveTimeout))
  }

  return {
    async verify ({ query, params = {} }) {
      const signed = readQuery(query)
      const echostr = spacesToPlus(parameter(query, 'echostr'))
      const { message, damaged } = await openText(signed, echostr, { phase: 'verify', params, query })
      // It must go back byte for byte.
      if (damaged === true) throw damagedEcho()
      return message
    },

    async open ({ query, params = {}, body }, warn) {
      const signed = readQuery(query)
      const envelope = readEnvelope(body)
      const hint: CredentialHint = { phase: 'receive', params, query, envelopeFormat: envelope.format }
      if (envelope.toUserName !== undefined) hint.toUserName = envelope.toUserName
      if (envelope.agentId !== undefined) hint.agentId = envelope.agentId
      const { message: plaintext, receiveId, credential, damaged } = await openText(signed, envelope.encrypt, hint)
      if (damaged === true) {
        warn(
          'a message had bytes in it that are no UTF-8: each part of a character is U+FFFD now. The settings are ' +
            'right. WeCom cuts long texts within a character; where a text is unreadable as a whole, it came in ' +
            'another encoding (GBK?)',
          'WECOM_MESSAGE_DAMAGED'
        )
      }
      return { ...parseMessage(plaintext), ...signed, plaintext, receiveId, credential, envelope, params, query }
    }
  }
}

interface SignedQuery {
  signature: string
  timestamp: string
  nonce: string
}

function readQuery (query: Readonly<Record<string, unknown>>): SignedQuery {
  const signatureName = SIGNATURE_NAMES.find(name => query[name] !== undefined) ?? 'msg_signature'
  return {
    signature: parameter(query, signatureName),
    timestamp: parameter(query, 'timestamp'),
    nonce: parameter(query, 'nonce')
  }
}

function parameter (query: Readonly<Record<string, unknown>>, name: string): string {
  const value = query[name]
  if (typeof value === 'string' && value !== '') return value
  throw wecomError('WECOM_PARAMETER_INVALID', {
    expected: `the query to have one ${name}`,
    got:
      value === undefined
        ? 'none'
        : value === ''
          ? 'an empty one'
          : Array.isArray(value)
            ? `${value.length}`
            : quote(value),
    fix: 'WeCom always sends one. A browser or a scanner does not; a proxy that drops or rewrites the query must be ' +
      'set to pass it.'
  })
}

function checkTimestamp (timestamp: string, tolerance: number): void {
  if (tolerance === Infinity) return
  const now = Date.now()
  const sent = /^\d{1,15}$/.test(timestamp) ? Number(timestamp) * 1000 : NaN
  if (Math.abs(now - sent) <= tolerance) return
  throw wecomError('WECOM_TIMESTAMP_OUT_OF_RANGE', {
    expected: `a timestamp within ${tolerance / 1000} s of this server's clock, ${new Date(now).toISOString()}`,
    got: Number.isNaN(sent) || sent > 8.64e15 ? quote(timestamp) : new Date(sent).toISOString(),
    fix: 'Set the clock of this server (NTP), or raise timestampTolerance. A request that somebody recorded and ' +
      'sends again ends here too.'
  })
}

function damagedEcho (): Error {
  return wecomError('WECOM_PLAINTEXT_INVALID', {
    expected: 'an echo in UTF-8',
    got: 'parts of characters',
    fix: 'The settings are right, and WeCom sends digits: look at what encrypted this.'
  })
}
