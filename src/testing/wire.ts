import { randomBytes, randomInt } from 'node:crypto'
import { decodeEncodingAESKey } from '../crypto/encoding-aes-key.js'
import { encrypt, computeSignature } from '../crypto/scheme.js'
import { cdata } from '../xml/write.js'
import type { TestCredentials } from './credentials.js'

/** How an envelope is written. */
export interface EnvelopeStyle {
  format: 'xml' | 'json'
  /** JSON keys as `encrypt` (bots) or `Encrypt`; XML has one spelling. */
  spelling: 'lower' | 'capital'
}

/** What WeCom puts into the query of every callback. */
export interface SignedQuery {
  msg_signature: string
  timestamp: string
  nonce: string
  echostr?: string
}

/** What may be fixed; the rest is now and random. */
export interface Stamp {
  /** Unix seconds. */
  timestamp?: string | number | undefined
  nonce?: string | undefined
}

/** What of a message goes onto its envelope, unsigned. */
export interface Addressing {
  toUserName?: string | undefined
  agentId?: string | undefined
}

/** Encrypts as WeCom does before it signs. */
export function encryptText ({ encodingAESKey }: TestCredentials, text: string, receiveId: string): string {
  return encrypt(decodeEncodingAESKey(encodingAESKey), text, receiveId, randomBytes(16))
}

/** Signs a ciphertext; bots need the nonce in the answer, so callers keep the query. */
export function signQuery (token: string, encrypted: string, { timestamp, nonce }: Stamp, now: number): SignedQuery {
  const signed = { timestamp: String(timestamp ?? Math.floor(now / 1000)), nonce: nonce ?? newNonce() }
  return { msg_signature: computeSignature(token, signed.timestamp, signed.nonce, encrypted), ...signed }
}

/** Digits, as WeCom's are. */
export function newNonce (): string {
  return String(randomInt(1_000_000_000, 2_147_483_647))
}

/** The echo of URL verification: 19 digits, as WeCom's is, so that a server which reads it as a number shows. */
export function newEcho (): string {
  return `9${digits(17)}${randomInt(1, 10)}`
}

/** So many random digits. */
export function digits (length: number): string {
  return Array.from({ length }, () => randomInt(10)).join('')
}

/** The body of a POST (pages 90238, 90968, 99399, 101033). */
export function writeRequestEnvelope (
  encrypted: string,
  { format, spelling }: EnvelopeStyle,
  { toUserName, agentId }: Addressing
): string {
  if (format === 'xml') {
    const to = toUserName === undefined ? '' : `<ToUserName>${cdata(toUserName)}</ToUserName>`
    const agent = agentId === undefined ? '' : `<AgentID>${cdata(agentId)}</AgentID>`
    return `<xml>${to}${agent}<Encrypt>${cdata(encrypted)}</Encrypt></xml>`
  }
  return JSON.stringify(spelling === 'lower'
    ? { tousername: toUserName, encrypt: encrypted, agentid: agentId }
    : { ToUserName: toUserName, Encrypt: encrypted, AgentID: agentId })
}
