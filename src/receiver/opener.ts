import { checkCredentials } from '../credentials/check.js'
import { areListed, matchSigned, openListed, openSealed, type Opened } from '../credentials/open.js'
import { createResolver } from '../credentials/resolve.js'
import type { CredentialHint, Sealed } from '../credentials/types.js'
import { spacesToPlus } from '../crypto/echostr.js'
import { SIGNATURE_NAMES } from '../crypto/signature.js'
import { readEnvelope, type Envelope } from '../envelope/read.js'
import { quote, wecomError } from '../errors.js'
import { parseMessage } from '../message/parse.js'
import type { Warn } from '../reply/compose.js'
import { traced, tracing } from '../telemetry/tracing.js'
import { checkXmlParser } from '../xml/read.js'
import { checkReceiverOptions, type ReceiverOptions } from './options.js'
import type { OpenedRequest } from './received.js'

/** What a server knows of a request: the decoded query, and the parameters of its route's path if it has any. */
export interface CallbackRequest {
  query: Readonly<Record<string, unknown>>
  params?: Readonly<Record<string, string>>
}

/** From a stranger's request to text that WeCom encrypted. */
export interface Opener {
  /** The echo of a URL verification. */
  verify (request: CallbackRequest): string | Promise<string>
  /** At once, unless a function of the user's has to be asked. */
  open (request: CallbackRequest & { body: string | Uint8Array }, warn: Warn): OpenedRequest | Promise<OpenedRequest>
}

/** @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID */
export function createOpener (options: ReceiverOptions): Opener {
  const { credentials, timestampTolerance, resolveTimeout } = checkReceiverOptions(options)
  checkXmlParser()
  const known = typeof credentials === 'function' ? [] : checkCredentials(credentials)
  const resolve = typeof credentials === 'function' ? createResolver(credentials, resolveTimeout) : () => known
  const atOnce = typeof credentials !== 'function' && areListed(known) ? known : undefined

  /** What `openListed` does, where a function is asked, or somebody listens to the steps. */
  async function openInSteps (sealed: Sealed, hint: CredentialHint): Promise<Opened> {
    const { phase } = hint
    const match = async () => matchSigned(await resolve(hint), sealed, timestampTolerance)
    const matching = await (tracing.verify.hasSubscribers ? traced('verify', { phase }, match) : match())
    const open = async () => await openSealed(matching, sealed.encrypt, hint, resolveTimeout)
    return await (tracing.decrypt.hasSubscribers ? traced('decrypt', { phase }, open) : open())
  }

  return {
    verify (request) {
      const sealed = readQuery(request.query)
      sealed.encrypt = spacesToPlus(parameter(request.query, 'echostr'))
      return atOnce === undefined || tracing.verify.hasSubscribers || tracing.decrypt.hasSubscribers
        ? openInSteps(sealed, hintOf('verify', request)).then(echoOf)
        : echoOf(openListed(atOnce, sealed, timestampTolerance))
    },

    open (request, warn) {
      const sealed = readQuery(request.query)
      const envelope = readEnvelope(request.body)
      sealed.encrypt = envelope.encrypt
      return atOnce === undefined || tracing.verify.hasSubscribers || tracing.decrypt.hasSubscribers
        ? readLater(openInSteps(sealed, hintOf('receive', request, envelope)), request, sealed, envelope, warn)
        : readOpened(openListed(atOnce, sealed, timestampTolerance), request, sealed, envelope, warn)
    }
  }
}

function hintOf (phase: CredentialHint['phase'], request: CallbackRequest, envelope?: Envelope): CredentialHint {
  const hint: CredentialHint = { phase, params: request.params ?? {}, query: request.query }
  if (envelope === undefined) return hint
  hint.envelopeFormat = envelope.format
  if (envelope.toUserName !== undefined) hint.toUserName = envelope.toUserName
  if (envelope.agentId !== undefined) hint.agentId = envelope.agentId
  return hint
}

/** It must go back byte for byte. */
function echoOf ({ message, damaged }: Opened): string {
  if (damaged) throw damagedEcho()
  return message
}

async function readLater (
  opening: Promise<Opened>,
  ...rest: [CallbackRequest, Sealed, Envelope, Warn]
): Promise<OpenedRequest> {
  return readOpened(await opening, ...rest)
}

function readOpened (
  { message: plaintext, receiveId, credential, damaged }: Opened,
  { query, params = {} }: CallbackRequest,
  { signature, timestamp, nonce }: Sealed,
  envelope: Envelope,
  warn: Warn
): OpenedRequest {
  if (damaged) {
    warn(
      'a message contained bytes that are not UTF-8: each broken character is now U+FFFD. The settings are ' +
        'right. WeCom cuts long texts in the middle of a character; if a text is unreadable as a whole, it came ' +
        'in another encoding (GBK?)',
      'WECOM_MESSAGE_DAMAGED'
    )
  }
  const { message, kind, format } = parseMessage(plaintext)
  return {
    message, kind, format, signature, timestamp, nonce, plaintext, receiveId, credential, envelope, params, query
  }
}

/** What is signed, but for the ciphertext, which is elsewhere. */
function readQuery (query: Readonly<Record<string, unknown>>): Sealed {
  let name = 'msg_signature'
  for (const candidate of SIGNATURE_NAMES) {
    if (query[candidate] === undefined) continue
    name = candidate
    break
  }
  return {
    signature: parameter(query, name),
    timestamp: parameter(query, 'timestamp'),
    nonce: parameter(query, 'nonce'),
    encrypt: ''
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

function damagedEcho (): Error {
  return wecomError('WECOM_PLAINTEXT_INVALID', {
    expected: 'an echo in UTF-8',
    got: 'broken characters',
    fix: 'The settings are right, and WeCom sends digits: check what encrypted this.'
  })
}
