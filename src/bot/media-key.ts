import { wecomError } from '../errors.js'

/**
 * The 32 bytes of a medium's key: an EncodingAESKey of 43 characters, or the base64 of 32 bytes, which is the same with
 * its padding.
 *
 * @throws WecomError WECOM_ENCODING_AES_KEY_INVALID (-40004)
 */
export function decodeMediaKey (aesKey: unknown): Buffer {
  if (typeof aesKey === 'string' && /^[A-Za-z0-9+/]{43}=?$/.test(aesKey)) return Buffer.from(aesKey, 'base64')
  throw wecomError('WECOM_ENCODING_AES_KEY_INVALID', {
    expected: 'aesKey to be the 43 characters [A-Za-z0-9+/] of an EncodingAESKey, or the base64 of 32 bytes',
    got: typeof aesKey === 'string'
      ? `${aesKey.length} characters of another kind`
      : `a value of type ${typeof aesKey}`,
    fix: "Give the EncodingAESKey of the bot's callback URL, or the aeskey that came with the medium."
  })
}
