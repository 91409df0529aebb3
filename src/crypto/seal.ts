import { writeEnvelope, type EnvelopeStyle } from '../envelope/write.js'
import { encrypt } from './cipher.js'
import { computeSignature } from './signature.js'

/** What sealing takes. */
export interface SealInput {
  token: string
  key: Buffer
  message: string
  receiveId: string
  timestamp: string
  nonce: string
  /** 16 bytes, for the official vectors' sake; left out, they are drawn. */
  random?: Uint8Array
}

/** Encrypts, signs and wraps: the whole envelope of an answer. */
export function seal (input: SealInput, style: EnvelopeStyle): string {
  const { token, timestamp, nonce } = input
  const encrypted = encrypt(input.key, input.message, input.receiveId, input.random)
  const signature = computeSignature(token, timestamp, nonce, encrypted)
  return writeEnvelope({ encrypt: encrypted, signature, timestamp, nonce }, style)
}
