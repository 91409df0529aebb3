import { decodeEncodingAESKey } from '../crypto/encoding-aes-key.js'
import { decrypt, computeSignature } from '../crypto/scheme.js'
import { readXml } from '../xml/read.js'
import type { TestCredentials } from './credentials.js'
import type { EnvelopeStyle } from './wire.js'

/** What was in an encrypted answer, and everything that is wrong with its wrapping. */
export interface OpenedEnvelope {
  plaintext: string
  receiveId: string | undefined
  timestamp: string | undefined
  nonce: string | undefined
  /** Whole sentences. */
  problems: string[]
}

/** The names of the four fields, as WeCom reads them (pages 90968, 101033). */
const NAMES = {
  lower: { encrypt: 'encrypt', signature: 'msgsignature', timestamp: 'timestamp', nonce: 'nonce' },
  capital: { encrypt: 'Encrypt', signature: 'MsgSignature', timestamp: 'TimeStamp', nonce: 'Nonce' }
}

/**
 * Opens the envelope of an answer as WeCom would, but goes on where it can; `undefined` where there is no `Encrypt` in
 * it at all.
 */
export function openEnvelope (
  { token, encodingAESKey, receiveId }: TestCredentials,
  body: string,
  asked: EnvelopeStyle
): OpenedEnvelope | undefined {
  const read = readFields(body)
  if (read === undefined) return undefined
  const { fields, format } = read
  const encryptName = Object.keys(fields).find(name => name.toLowerCase() === 'encrypt')
  const encrypted = encryptName === undefined ? undefined : fields[encryptName]
  if (encryptName === undefined || encrypted === undefined) return undefined
  const problems: string[] = []
  if (format !== asked.format) {
    problems.push(`The envelope is ${format.toUpperCase()}, but the request's was ${asked.format.toUpperCase()}.`)
  }
  // WeCom's PHP library reads `Encrypt` and writes `encrypt`, so WeCom takes that as well.
  const either = asked.format !== 'json' || asked.spelling === 'capital'
  const names =
    NAMES[format === 'xml' ? 'capital' : either ? (encryptName === 'encrypt' ? 'lower' : 'capital') : asked.spelling]
  if (encryptName !== names.encrypt) problems.push(`The field is named ${encryptName}, WeCom reads ${names.encrypt}.`)
  const take = (name: string): string | undefined => {
    if (fields[name] === undefined) problems.push(missing(name, Object.keys(fields)))
    return fields[name]
  }
  const signature = take(names.signature)
  const timestamp = take(names.timestamp)
  const nonce = take(names.nonce)
  if (timestamp !== undefined && !/^\d{10}$/.test(timestamp)) {
    problems.push(`${names.timestamp} is no Unix time in seconds.`)
  }
  if (signature !== undefined && signature !== computeSignature(token, timestamp ?? '', nonce ?? '', encrypted)) {
    problems.push(
      `${names.signature} does not fit: it is the SHA-1 of the sorted [token, timestamp, nonce, encrypted], made of ` +
        'the values of the answer itself.'
    )
  }
  try {
    const opened = decrypt(decodeEncodingAESKey(encodingAESKey), encrypted)
    if (opened.receiveId !== receiveId) {
      problems.push(`It is sealed with another receiveId (${JSON.stringify(opened.receiveId)}) than the request.`)
    }
    return { plaintext: opened.message, receiveId: opened.receiveId, timestamp, nonce, problems }
  } catch (error) {
    problems.push(`${names.encrypt} cannot be decrypted: ${(error as Error).message.split('. ')[0]}.`)
    return { plaintext: '', receiveId: undefined, timestamp, nonce, problems }
  }
}

function readFields (body: string): { fields: Record<string, string>, format: 'xml' | 'json' } | undefined {
  const text = body.replace(/^\uFEFF/, '').trim()
  try {
    if (text.startsWith('{')) {
      const object = JSON.parse(text) as Record<string, unknown>
      return {
        fields: Object.fromEntries(
          Object.entries(object)
            .filter(([, value]) => typeof value !== 'object')
            .map(([name, value]) => [name, String(value)])
        ),
        format: 'json'
      }
    }
    if (!text.startsWith('<')) return undefined
    const fields = readXml(text).children.map(({ name, text }) => [name, text.trim()] as const)
    return { fields: Object.fromEntries(fields), format: 'xml' }
  } catch {
    return undefined
  }
}

/** A near miss is named: `msg_signature` for `msgsignature` is the most frequent one (AIBOT.md 8). */
function missing (name: string, present: string[]): string {
  const bare = (text: string) => text.toLowerCase().replaceAll('_', '')
  const near = present.find(
    other => bare(other) === bare(name) || (bare(name) === 'msgsignature' && bare(other) === 'signature')
  )
  return near === undefined ? `${name} is missing.` : `The field is named ${near}, WeCom reads ${name}.`
}
