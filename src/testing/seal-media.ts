import { createCipheriv } from 'node:crypto'
import { decodeMediaKey } from '../bot/media-key.js'

/**
 * Encrypts a file as WeCom does for bots [100719]: AES-256-CBC, IV the first half of the key, PKCS#7 to 32 bytes.
 *
 * @param aesKey the EncodingAESKey of the bot, or the base64 of 32 bytes
 *
 * @example
 * ```ts
 * const sealed = sealMedia('年度报告', newCredentials().encodingAESKey)
 * ```
 *
 * @throws WecomError WECOM_ENCODING_AES_KEY_INVALID
 */
export function sealMedia (data: Uint8Array | string, aesKey: string): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const pad = PAD_BLOCK - bytes.length % PAD_BLOCK
  return sealPadded(Buffer.concat([bytes, Buffer.alloc(pad, pad)]), aesKey)
}

/** The same of bytes that are padded, or are meant to be none. */
export function sealPadded (padded: Uint8Array, aesKey: string): Uint8Array {
  const key = decodeMediaKey(aesKey)
  return createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false).update(padded)
}

const PAD_BLOCK = 32
