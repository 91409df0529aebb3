import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { InboxMessage } from '../delivery/inbox.js'
import { wecomError } from '../errors.js'
import { optionInvalid } from '../support/options.js'

/** 32 random bytes, as bytes, 64 hex digits, or base64. */
export type InboxKey = string | Uint8Array

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
  const keys = list.map(key => key === false ? false : decodeKey(key))
  const takesClear = keys.includes(false)
  const byId = new Map(keys.flatMap(key => key === false ? [] : [[key.id, key.bytes] as const]))
  const first = keys[0] as SealingKey | false

  return {
    seal (message) {
      const chosen = pick(message)
      if (first === false) return { clear: chosen }
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', first.bytes, iv).setAAD(Buffer.from(message.key))
      const encrypted = [cipher.update(JSON.stringify(chosen), 'utf8'), cipher.final()]
      return `1.${first.id}.${Buffer.concat([iv, cipher.getAuthTag(), ...encrypted]).toString('base64url')}`
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
      const [version, id, sealed] = typeof data === 'string' ? data.split('.') : []
      if (version !== '1' || id === undefined || sealed === undefined) {
        throw unreadable('data of another format', 'Give the inbox a queue of its own (queueName).')
      }
      const bytes = byId.get(id)
      if (bytes === undefined) {
        throw unreadable(
          'data under another key',
          'Give server and workers the same encryptionKey; while a key is being replaced, a list of both, the new ' +
            'one first.'
        )
      }
      return pick({ ...(JSON.parse(decrypt(bytes, Buffer.from(sealed, 'base64url'), key)) as InboxMessage), key })
    }
  }
}

function decrypt (bytes: Buffer, sealed: Buffer, key: string): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, sealed.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(key)).setAuthTag(sealed.subarray(12, 28))
    return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    throw unreadable(
      'data that was changed, or moved to another job',
      'Somebody else writes to this Redis: see who can.'
    )
  }
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

interface SealingKey {
  id: string
  bytes: Buffer
}

function decodeKey (key: unknown): SealingKey {
  const bytes =
    typeof key === 'string'
      ? /^[0-9a-f]{64}$/i.test(key)
        ? Buffer.from(key, 'hex')
        : /^[\w+/-]{43}=?$/.test(key)
          ? Buffer.from(key, 'base64')
          : undefined
      : key instanceof Uint8Array
        ? Buffer.from(key)
        : undefined
  if (bytes?.length !== 32) throw keyInvalid(describe(key))
  // Tells keys apart without telling anything of them: 32 random bytes cannot be guessed.
  const id = createHash('sha256').update('fastify-wecom inbox key id').update(bytes).digest('base64url').slice(0, 8)
  return { id, bytes }
}

/** Says what is wrong with a key without showing it. */
function describe (key: unknown): string {
  if (key === undefined || key === null) return 'nothing'
  if (key instanceof Uint8Array) return `${key.length} bytes`
  return typeof key === 'string' ? `${key.length} characters` : `a value of type ${typeof key}`
}

function keyInvalid (got: string): Error {
  return optionInvalid(
    'encryptionKey to be 32 bytes, as bytes, hex or base64, or a list of such keys',
    got,
    'Make one with `openssl rand -hex 32` and give it to the server and its workers. AuthCode, SuiteTicket and what ' +
      'people write would otherwise lie in Redis in clear: if that is what you want, say encryptionKey: false.'
  )
}

function unreadable (got: string, fix: string): Error {
  return wecomError('WECOM_INBOX_UNREADABLE', {
    expected: 'a job that was encrypted with the encryptionKey of this process',
    got,
    fix
  })
}
