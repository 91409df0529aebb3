import { isAscii, isUtf8 } from 'node:buffer'
import { computeSignature, encrypt } from '../crypto/scheme.js'
import { wecomError } from '../errors.js'
import { JsonFault, NumberText, readJson } from '../json/read.js'
import { noNamesYet } from '../support/known-names.js'
import { readXml, XmlFault } from '../xml/read.js'
import { readStrictXml } from '../xml/strict.js'
import { cdata } from '../xml/write.js'

/** The outer wrapping of a callback. Only `encrypt` is covered by the signature; the rest is a stranger's word. */
export interface Envelope {
  format: 'xml' | 'json'
  /**
   * How its JSON keys are spelled, so that the answer can be spelled alike: `encrypt` or `Encrypt`. XML has one
   * spelling.
   */
  spelling: 'lower' | 'capital'
  encrypt: string
  toUserName: string | undefined
  agentId: string | undefined
}

/** An envelope is flat; what else a proxy may add is not deep. */
const BOUNDS = { depth: 32, size: 20_000 }
/** WeCom's has three. Strangers make us read envelopes, so there is no room for a list. */
const MAX_ELEMENTS = 1000
const [lastXml, lastJson] = [noNamesYet('xml'), noNamesYet('json')]

// Of a request.

/**
 * Reads the envelope, XML or JSON by its first character, whatever the Content-Type says. It must hold exactly one
 * non-empty `Encrypt`; everything else may be absent.
 *
 * @throws WecomError WECOM_ENVELOPE_INVALID (-40002)
 */
export function readEnvelope (body: string | Uint8Array): Envelope {
  // A byte order mark is white space to trim().
  const text = decode(body).trim()
  if (text.startsWith('<')) return readStrictEnvelope(text) ?? readXmlEnvelope(text)
  if (text.startsWith('{')) return readJsonEnvelope(text)
  throw invalid(text === '' ? 'nothing but white space' : 'neither')
}

/** An envelope of the form that WeCom writes, or `undefined`: what it reads, `readXmlEnvelope` reads alike. */
export function readStrictEnvelope (text: string): Envelope | undefined {
  const read = readStrictXml(text, MAX_ELEMENTS, lastXml)
  if (read === undefined || read.repeats) return undefined
  const { Encrypt = '', ToUserName = '', AgentID = '' } = read.fields
  if (typeof Encrypt !== 'string' || typeof ToUserName !== 'string' || typeof AgentID !== 'string') return undefined
  const ciphertext = Encrypt.trim()
  if (ciphertext === '') return undefined
  return {
    format: 'xml',
    spelling: 'capital',
    encrypt: ciphertext,
    toUserName: ToUserName || undefined,
    agentId: AgentID || undefined
  }
}

/** An envelope of XML in any form. */
export function readXmlEnvelope (text: string): Envelope {
  let root
  try {
    root = readXml(text, MAX_ELEMENTS)
  } catch (error) {
    throw invalid((error as XmlFault).message, error)
  }
  if (root.name !== 'xml') throw invalid('another root element')
  const all = root.children.filter(child => child.name === 'Encrypt')
  const [only] = all
  if (only === undefined) throw invalid(noEncrypt(root.children.map(child => child.name)))
  if (all.length > 1) throw invalid(`${all.length} Encrypt elements`)
  if (only.children.length > 0) throw invalid('an Encrypt with elements inside')
  const value = only.text.trim()
  if (value === '') throw invalid('an empty Encrypt')
  const childText = (name: string) => root.children.find(child => child.name === name)?.text || undefined
  return {
    format: 'xml',
    spelling: 'capital',
    encrypt: value,
    toUserName: childText('ToUserName'),
    agentId: childText('AgentID')
  }
}

function readJsonEnvelope (text: string): Envelope {
  let object: Record<string, unknown>
  try {
    // As in XML: one Encrypt, whichever of two the signature fits. Whatever else comes twice is nobody's.
    object = readJson(text, BOUNDS, isEncrypt, lastJson) as Record<string, unknown>
  } catch (fault) {
    const { what, message } = fault as JsonFault
    throw invalid(what === 'repeated key' ? '2 encrypt keys' : message)
  }
  const lower = Object.hasOwn(object, 'encrypt')
  const capital = Object.hasOwn(object, 'Encrypt')
  if (lower && capital) throw invalid('both encrypt and Encrypt')
  if (!lower && !capital) throw invalid(noEncrypt(Object.keys(object)))
  const ciphertext = lower ? object.encrypt : object.Encrypt
  if (typeof ciphertext !== 'string' || ciphertext.trim() === '') {
    throw invalid('an Encrypt that is empty or not a text')
  }
  return {
    format: 'json',
    spelling: lower ? 'lower' : 'capital',
    encrypt: ciphertext.trim(),
    toUserName: textOf(object.tousername ?? object.ToUserName),
    agentId: textOf(object.agentid ?? object.AgentID)
  }
}

function isEncrypt (key: string, depth: number): boolean {
  return depth === 1 && (key === 'encrypt' || key === 'Encrypt')
}

/** WeCom sends `agentid` as text and as a number. */
function textOf (value: unknown): string | undefined {
  if (value instanceof NumberText) return String(Number(value.text))
  return typeof value === 'string' && value !== '' ? value : undefined
}

function decode (body: string | Uint8Array): string {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    // As all of WeCom's are: then they are copied, not decoded.
    if (isAscii(bytes)) return bytes.toString('latin1')
    if (isUtf8(bytes)) return bytes.toString()
  }
  throw invalid(body instanceof Uint8Array ? 'bytes that are not UTF-8' : `a value of type ${typeof body}`)
}

function noEncrypt (names: string[]): string {
  return names.some(name => /^(msgtype|infotype|event)$/i.test(name)) ? 'a message that is not encrypted' : 'no Encrypt'
}

function invalid (got: string, cause?: unknown): Error {
  return wecomError('WECOM_ENVELOPE_INVALID', {
    expected: 'an envelope with one Encrypt in it, XML <xml><Encrypt>…</Encrypt></xml> or JSON {"encrypt":"…"}',
    got,
    fix: 'If WeCom sent this, something in front of this server changed the body; if it was you, encrypt the message ' +
      'first.',
    cause
  })
}

// Of an answer.

/** What sealing takes. */
export interface SealInput {
  token: string
  key: Buffer
  message: string
  receiveId: string
  /** Digits only. */
  timestamp: string
  nonce: string
  /** 16 bytes, for the official vectors' sake; left out, they are drawn. */
  random?: Uint8Array
}

/**
 * Encrypts, signs and wraps: the whole envelope of an answer, as the official libraries write it (pages 90968 and
 * 101033). JSON keys are spelled as the request spelled its own; `TimeStamp` is text in JSON too. Base64, hex and
 * digits need no escaping; the nonce is whatever the request had.
 *
 * @throws WecomError WECOM_ENCRYPT_FAILED (-40006); WECOM_ENVELOPE_WRITE_FAILED (-40011) for a format that is neither
 * xml nor json
 */
export function seal (
  { token, key, message, receiveId, timestamp, nonce, random }: SealInput,
  { format, spelling }: Pick<Envelope, 'format' | 'spelling'>
): string {
  const ciphertext = encrypt(key, message, receiveId, random)
  const signature = computeSignature(token, timestamp, nonce, ciphertext)
  if (format === 'xml') {
    return `<xml><Encrypt><![CDATA[${ciphertext}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature>` +
      `<TimeStamp>${timestamp}</TimeStamp><Nonce>${cdata(nonce)}</Nonce></xml>`
  }
  if (format === 'json') {
    const quotedNonce = JSON.stringify(nonce)
    return spelling === 'lower'
      ? `{"encrypt":"${ciphertext}","msgsignature":"${signature}","timestamp":"${timestamp}","nonce":${quotedNonce}}`
      : `{"Encrypt":"${ciphertext}","MsgSignature":"${signature}","TimeStamp":"${timestamp}","Nonce":${quotedNonce}}`
  }
  throw wecomError('WECOM_ENVELOPE_WRITE_FAILED', {
    expected: "format to be 'xml' or 'json'",
    got: JSON.stringify(format) ?? 'nothing',
    fix: 'Pass the format that decryptMessage returned for the request.'
  })
}
