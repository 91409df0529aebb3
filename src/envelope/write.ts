import { wecomError } from '../errors.js'
import { cdata } from '../xml/write.js'

/** What an encrypted answer holds. */
export interface SealedEnvelope {
  encrypt: string
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

/**
 * Writes the envelope of an answer as the official libraries do (pages 90968 and 101033): `TimeStamp` is text in JSON
 * too.
 *
 * @throws WecomError WECOM_ENVELOPE_WRITE_FAILED (-40011) for a format that is neither xml nor json
 */
export function writeEnvelope (
  { encrypt, signature, timestamp, nonce }: SealedEnvelope,
  { format, spelling }: EnvelopeStyle
): string {
  if (format === 'xml') {
    return `<xml><Encrypt>${cdata(encrypt)}</Encrypt><MsgSignature>${cdata(signature)}</MsgSignature>` +
      `<TimeStamp>${timestamp}</TimeStamp><Nonce>${cdata(nonce)}</Nonce></xml>`
  }
  if (format === 'json') {
    return JSON.stringify(spelling === 'lower'
      ? { encrypt, msgsignature: signature, timestamp, nonce }
      : { Encrypt: encrypt, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce })
  }
  throw wecomError('WECOM_ENVELOPE_WRITE_FAILED', {
    expected: "format to be 'xml' or 'json'",
    got: JSON.stringify(format) ?? 'nothing',
    fix: 'Pass the format that decryptMessage returned for the request.'
  })
}
