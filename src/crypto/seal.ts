import { writeEnvelope, type EnvelopeStyle } from '../envelope/write.js'
import { encrypt } from './cipher.js'
import { computeSignature } from './signature.js'

/**
 * What sealing takes. `random` (16 bytes) must come from a CSPRNG: it is a parameter for the official vectors' sake.
 */
export interface SealInput {
  token: string
  key: Buffer
  message: string
  receiveId: string
  timestamp: string
  nonce: string
  random: Uint8Array
}

/** Encrypts, signs and wraps: the whole envelope of an answer. */
export function seal (
  { token, key, message, receiveId, timestamp, nonce, random }: SealInput,
  style: EnvelopeStyle
): string {
  const encrypted = encrypt(key, message, receiveId, random)
  return writeEnvelope(
    { encrypt: encrypted, signature: computeSignature(token, timestamp, nonce, encrypted), timestamp, nonce },
    style
  )
}
