import { encrypt } from '../crypto/cipher.js'
import { computeSignature } from '../crypto/signature.js'
import { wecomError } from '../errors.js'
import { cdata } from '../xml/write.js'

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

/** What an encrypted answer holds. */
export interface SealedEnvelope {
  /** Base64. */
  encrypt: string
  /** Hex. */
  signature: string
  /** Digits only. */
  timestamp: string
  nonce: string
}

/** How to write it: JSON keys are spelled as the request spelled its own. */
export interface EnvelopeStyle {
  format: 'xml' | 'json'
  spelling: 'lower' | 'capital'
}

/** Encrypts, signs and wraps: the whole envelope of an answer. */
export function seal (input: SealInput, style: EnvelopeStyle): string {
  const { token, timestamp, nonce } = input
  const encrypted = encrypt(input.key, input.message, input.receiveId, input.random)
  const signature = computeSignature(token, timestamp, nonce, encrypted)
  return writeEnvelope({ encrypt: encrypted, signature, timestamp, nonce }, style)
}

/**
 * Writes the envelope of an answer as the official libraries do (pages 90968 and 101033): `TimeStamp` is text in JSON
 * too. Base64, hex and digits need no escaping; the nonce is whatever the request had.
 *
 * @throws WecomError WECOM_ENVELOPE_WRITE_FAILED (-40011) for a format that is neither xml nor json
 */
export function writeEnvelope (
  { encrypt, signature, timestamp, nonce }: SealedEnvelope,
  { format, spelling }: EnvelopeStyle
): string {
  if (format === 'xml') {
    return `<xml><Encrypt><![CDATA[${encrypt}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature>` +
      `<TimeStamp>${timestamp}</TimeStamp><Nonce>${cdata(nonce)}</Nonce></xml>`
  }
  if (format === 'json') {
    const quotedNonce = JSON.stringify(nonce)
    return spelling === 'lower'
      ? `{"encrypt":"${encrypt}","msgsignature":"${signature}","timestamp":"${timestamp}","nonce":${quotedNonce}}`
      : `{"Encrypt":"${encrypt}","MsgSignature":"${signature}","TimeStamp":"${timestamp}","Nonce":${quotedNonce}}`
  }
  throw wecomError('WECOM_ENVELOPE_WRITE_FAILED', {
    expected: "format to be 'xml' or 'json'",
    got: JSON.stringify(format) ?? 'nothing',
    fix: 'Pass the format that decryptMessage returned for the request.'
  })
}
