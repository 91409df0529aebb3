import { createHash, timingSafeEqual } from 'node:crypto'

/** WeCom's scenes differ in what the query calls the signature; the first name present counts. */
export const SIGNATURE_NAMES: readonly string[] = ['msg_signature', 'msgsignature', 'signature']

/** Hex SHA-1 over the sorted, joined four values (WeCom page 90968, "消息体签名校验"). */
export function computeSignature (token: string, timestamp: string, nonce: string, encrypt: string): string {
  return createHash('sha1').update([token, timestamp, nonce, encrypt].sort().join('')).digest('hex')
}

/** Exact, in constant time: WeCom writes lower-case hex, so nothing is folded or trimmed. */
export function signaturesEqual (computed: string, received: string): boolean {
  const a = Buffer.from(computed)
  const b = Buffer.from(received)
  return a.length === b.length && timingSafeEqual(a, b)
}
