import { createTextSealer, type SealFault, type SealingKey } from '../crypto/sealed-text.js'
import type { InboxMessage } from '../delivery/inbox.js'
import { wecomError } from '../errors.js'
import { optionInvalid } from '../support/options.js'

/** 32 random bytes, as bytes, 64 hex digits, or base64. */
export type InboxKey = SealingKey

/**
 * The key that job data is encrypted with (AES-256-GCM), or several, for rotation: the first encrypts, all decrypt.
 * `false` is no encryption; in a list it says what else is still accepted, as in `[key, false]` while encryption is
 * being switched on.
 */
export type InboxEncryptionKey = InboxKey | false | ReadonlyArray<InboxKey | false>

/** What lies in Redis: `1.<key id>.<iv, tag and ciphertext>`, or the message in clear. */
export type JobData = string | { clear: InboxMessage }

/** Turns messages into what lies in Redis, and back. */
export interface Sealer {
  seal (message: InboxMessage): JobData
  /** @throws WecomError WECOM_INBOX_UNREADABLE */
  open (data: unknown, key: string): InboxMessage
}

/** @throws WecomError WECOM_OPTION_INVALID */
export function createSealer (encryptionKey: InboxEncryptionKey): Sealer {
  const list = Array.isArray(encryptionKey)
    ? (encryptionKey as ReadonlyArray<InboxKey | false>)
    : [encryptionKey as InboxKey | false]
  if (list.length === 0) throw keyInvalid('an empty list')
  const takesClear = list.includes(false)
  const texts = createTextSealer(list.filter(key => key !== false), keyInvalid)

  return {
    seal (message) {
      const chosen = pick(message)
      return list[0] === false ? { clear: chosen } : texts.seal(JSON.stringify(chosen), message.key)
    },
    open (data, key) {
      if (isClear(data)) {
        // Whoever can write to Redis could otherwise pass messages off as WeCom's.
        if (!takesClear) {
          throw unreadable(
            'data in clear',
            'This worker has an encryptionKey, the server that put the message had false: give both the same, or ' +
              '[key, false] here until those messages are handled.'
          )
        }
        return pick({ ...data.clear, key })
      }
      const opened = texts.open(data, key)
      if ('fault' in opened) throw unreadable(...FAULTS[opened.fault])
      return pick({ ...(JSON.parse(opened.text) as InboxMessage), key })
    }
  }
}

/** What came, and what to do. */
const FAULTS: Readonly<Record<SealFault, [got: string, fix: string]>> = {
  format: ['data of another format', 'Give the inbox a queue of its own (queueName).'],
  key: [
    'data under another key',
    'Give server and workers the same encryptionKey; while a key is being replaced, a list of both, the new one first.'
  ],
  changed: [
    'data that was changed, or moved to another job',
    'Someone else can write to this Redis: find out who.'
  ]
}

/** Field by field: what else an object carries (a logger, a request) must not end up in Redis. */
function pick ({
  key,
  kind,
  plaintext,
  format,
  envelopeFormat,
  receiveId,
  toUserName,
  agentId,
  credentialName,
  params,
  query,
  timestamp,
  nonce
}: InboxMessage): InboxMessage {
  return {
    key,
    kind,
    plaintext,
    format,
    envelopeFormat,
    receiveId,
    toUserName,
    agentId,
    credentialName,
    params,
    query,
    timestamp,
    nonce
  }
}

function isClear (data: unknown): data is { clear: InboxMessage } {
  return (
    typeof data === 'object' &&
    data !== null &&
    'clear' in data &&
    typeof data.clear === 'object' &&
    data.clear !== null
  )
}

function keyInvalid (got: string): Error {
  return optionInvalid(
    'encryptionKey to be 32 bytes, as bytes, hex or base64, or a list of such keys',
    got,
    'Make one with `openssl rand -hex 32` and give it to the server and its workers. Without it, AuthCode, ' +
      'SuiteTicket and what people write would be readable in Redis: if you want that, set encryptionKey: false.'
  )
}

function unreadable (got: string, fix: string): Error {
  return wecomError('WECOM_INBOX_UNREADABLE', {
    expected: 'a job that was encrypted with the encryptionKey of this process',
    got,
    fix
  })
}
