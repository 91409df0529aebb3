import { wecomError } from '../errors.js'

/**
 * The 32 bytes behind an EncodingAESKey: 43 characters of base64 whose padding WeCom leaves off. The two spare bits of
 * the last character may be set, as in WeCom's own sample key.
 *
 * @throws WecomError WECOM_ENCODING_AES_KEY_INVALID (-40004)
 */
export function decodeEncodingAESKey (encodingAESKey: unknown): Buffer {
  if (typeof encodingAESKey === 'string' && /^[A-Za-z0-9+/]{43}$/.test(encodingAESKey)) {
    return Buffer.from(`${encodingAESKey}=`, 'base64')
  }
  throw wecomError('WECOM_ENCODING_AES_KEY_INVALID', {
    expected: 'encodingAESKey to be the 43 characters [A-Za-z0-9+/] that the WeCom console shows',
    got: describe(encodingAESKey),
    fix: 'Copy EncodingAESKey again from the page where the callback URL is set; it has no blanks and no "=" at its ' +
      'end.'
  })
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
