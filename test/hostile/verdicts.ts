import type { WecomErrorCode } from '../../src/index.js'
import type { HostileVector } from '../support/vectors.js'

export type Verdict = 'accepted' | WecomErrorCode

/**
 * Where a request may go either way, ours. A case that comes again in another shape ("{keys capitalised}") is judged alike.
 * A change here is a change of behaviour: say so in the CHANGELOG.
 */
export const EITHER: Readonly<Record<string, Verdict>> = {
  // A space in echostr was a `+`, and the signature was made with the `+`.
  'echostr-plus-as-space-signature-of-original': 'accepted',
  'ciphertext-plus-as-space-signed-so': 'WECOM_SIGNATURE_MISMATCH',
  'echostr-still-url-encoded': 'WECOM_SIGNATURE_MISMATCH',
  // Base64 as WeCom writes it: no line breaks, no pad beyond what is due.
  'ciphertext-newline-inside-signed-so': 'WECOM_BASE64_DECODE_FAILED',
  'ciphertext-extra-pad': 'WECOM_BASE64_DECODE_FAILED',
  // WeCom pads to 32; C++ and Go refuse the rest as well.
  'ciphertext-48-bytes-multiple-16-not-32': 'WECOM_DECRYPT_FAILED',
  // XML and JSON are told apart by the first character.
  'env-json-instead': 'accepted',
  'env-comment': 'WECOM_ENVELOPE_INVALID',
  'env-trailing-garbage': 'WECOM_ENVELOPE_INVALID',
  'env-two-roots': 'WECOM_ENVELOPE_INVALID',
  // Bytes are UTF-8 whatever the declaration says.
  'env-xml-declaration-gbk': 'accepted',
  // Blanks around the ciphertext are layout and never part of what was signed.
  'env-ws-around-plain-signed-with-ws': 'WECOM_SIGNATURE_MISMATCH',
  'env-newline-around-plain-signed-with-ws': 'WECOM_SIGNATURE_MISMATCH',
  'env-ws-inside-cdata-signed-with-ws': 'WECOM_SIGNATURE_MISMATCH',
  'env-ws-inside-encrypt-signed-with-ws': 'WECOM_SIGNATURE_MISMATCH',
  'env-newline-inside-encrypt-signed-with': 'WECOM_SIGNATURE_MISMATCH',
  'env-ws-around-cdata-signed-trimmed': 'accepted',
  'env-encrypt-two-cdata': 'accepted',
  'env-encrypt-attribute': 'accepted',
  'env-namespace-prefix': 'WECOM_ENVELOPE_INVALID',
  'encrypt-nested-deeper': 'WECOM_ENVELOPE_INVALID',
  'env-doctype-internal-entity-unused': 'WECOM_ENVELOPE_INVALID',
  // Outside Encrypt: kept as it was sent, trusted by nobody.
  'env-undefined-entity': 'accepted',
  'env-control-char': 'accepted',
  'env-control-char-in-string': 'WECOM_ENVELOPE_INVALID',
  'env-Encrypt-capital-key': 'accepted',
  'env-ENCRYPT-upper-key': 'WECOM_ENVELOPE_INVALID',
  // One Encrypt, as in XML.
  'env-duplicate-encrypt-good-first': 'WECOM_ENVELOPE_INVALID',
  'env-duplicate-encrypt-good-last': 'WECOM_ENVELOPE_INVALID',
  'env-agentid-null': 'accepted',
  'env-u-escaped': 'accepted',
  'timestamp-empty signed with empty': 'WECOM_PARAMETER_INVALID',
  'decrypt-token-non-ascii (signature over UTF-8)': 'accepted'
}

/** Why a request that must be refused is refused, by op and case; the first that fits. */
export const REASONS: readonly (readonly [RegExp, WecomErrorCode])[] = [
  [/^\w+ empty-token/, 'WECOM_OPTION_INVALID'],
  [/^\w+ key-/, 'WECOM_ENCODING_AES_KEY_INVALID'],
  [/signature|NUL-escape|not base64$/, 'WECOM_SIGNATURE_MISMATCH'],
  [/ empty-(timestamp|nonce)$|^echo ciphertext-empty$/, 'WECOM_PARAMETER_INVALID'],
  [/ receiveid-|echo-receiveid-mismatch|length-minus-1$/, 'WECOM_RECEIVE_ID_MISMATCH'],
  [/urlsafe-alphabet|illegal-char/, 'WECOM_BASE64_DECODE_FAILED'],
  [/ padding-|16.bytes|ciphertext-truncated|truncated 15 bytes|-1-byte|wrong-aes-key/, 'WECOM_DECRYPT_FAILED'],
  [/ length-|19-left/, 'WECOM_PLAINTEXT_INVALID'],
  [/env-empty-body/, 'WECOM_BODY_EMPTY'],
  [/^decrypt (env-|ciphertext-empty|xxe-|internal-entity|billion-laughs)/, 'WECOM_ENVELOPE_INVALID']
]

/** What is to happen to a request. */
export function verdictOf ({ expect, op, case: name }: HostileVector): Verdict {
  const verdict = expect === 'accept' ? 'accepted' : expect === 'either' ? EITHER[baseCase(name)] : REASONS.find(([pattern]) => pattern.test(`${op} ${name}`))?.[1]
  if (verdict === undefined) throw new Error(`no verdict for ${name}`)
  return verdict
}

/** Without the shape that single libraries insist on. */
export function baseCase (name: string): string {
  return name.replace(/ \{.+\}$/, '')
}
