import { wecomError } from '../errors.js'

/**
 * The 32 bytes behind an EncodingAESKey: 43 characters of base64 whose padding WeCom leaves off. The two spare bits of
 * the last character may be set, as in WeCom's own sample key. The same text gives the same bytes, not to be changed.
 *
 * @throws WecomError WECOM_ENCODING_AES_KEY_INVALID (-40004)
 */
export function decodeEncodingAESKey (encodingAESKey: unknown): Buffer {
  const known = decoded.get(encodingAESKey as string)
  if (known !== undefined) return known
  if (typeof encodingAESKey === 'string' && /^[A-Za-z0-9+/]{43}$/.test(encodingAESKey)) {
    return remember(encodingAESKey, Buffer.from(`${encodingAESKey}=`, 'base64'))
  }
  throw wecomError('WECOM_ENCODING_AES_KEY_INVALID', {
    expected: 'encodingAESKey to be the 43 characters [A-Za-z0-9+/] that the WeCom console shows',
    got: describe(encodingAESKey),
    fix: 'Copy EncodingAESKey again from the page where the callback URL is set; it has no blanks and no "=" at its ' +
      'end.'
  })
}

/**
 * A function for tenants gives the key as text with each request. Its bytes are what ciphers are kept by (`aesKeyOf`),
 * so they are remembered for as many tenants as speak at a time.
 */
const decoded = new Map<string, Buffer>()
const MOST_KEYS = 1_000

function remember (encodingAESKey: string, bytes: Buffer): Buffer {
  // The one that came first makes room; if it is still in use, it comes again.
  if (decoded.size === MOST_KEYS) decoded.delete(decoded.keys().next().value as string)
  decoded.set(encodingAESKey, bytes)
  return bytes
}

/** Says what is wrong with the key without showing it. */
function describe (value: unknown): string {
  if (typeof value !== 'string') return value === undefined ? 'nothing' : `a value of type ${typeof value}`
  if (value === '') return 'an empty string'
  if (/\s/.test(value)) return `${value.length} characters with a blank or a line break among them`
  if (value.includes('=')) return `${value.length} characters with a "=" among them`
  if (/[-_]/.test(value)) return `${value.length} characters with "-" or "_" among them (URL-safe base64)`
  return `${value.length} characters`
}
