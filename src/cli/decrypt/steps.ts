import { isUtf8 } from 'node:buffer'
import { createDecipheriv } from 'node:crypto'
import { decodeEncodingAESKey } from '../../crypto/encoding-aes-key.js'
import { SIGNATURE_NAMES } from '../../crypto/query.js'
import { computeSignature } from '../../crypto/scheme.js'
import { readEnvelope } from '../../envelope/envelope.js'
import { parseMessage } from '../../message/parse.js'
import type { Recorded } from './input.js'

/** One step from the wire to the message. */
export interface Step {
  step: 'parameters' | 'envelope' | 'signature' | 'base64' | 'aes' | 'padding' | 'length' | 'receiveId' | 'message'
  state: 'ok' | 'failed' | 'skipped'
  /** What was found. */
  found: string
  /** What is probably the reason, where it failed. */
  cause?: string
  /** What to do. */
  fix?: string
}

export interface Explained {
  steps: Step[]
  /** The decrypted text, as far as it was reached. */
  plaintext?: string
  kind?: string
}

export interface Secrets {
  token: string | undefined
  encodingAESKey: string
  /** Undefined: any. */
  receiveId: string | undefined
}

/** Opens a recorded request step by step, and goes on after a failure as far as it makes sense. */
export function explain (
  recorded: Recorded,
  { token, encodingAESKey, receiveId }: Secrets,
  now = Date.now()
): Explained {
  const steps: Step[] = []
  const ok = (step: Step['step'], found: string) => {
    steps.push({ step, state: 'ok', found })
  }
  const fail = (step: Step['step'], found: string, cause: string, fix: string) => {
    steps.push({ step, state: 'failed', found, cause, fix })
  }
  const { query, body } = recorded

  const { encrypted, missing, name } = parameters(recorded)
  const bodyMissing =
    body === undefined && missing.length === 1 && missing[0] === 'echostr' && recorded.method !== 'GET'
  if (missing.length === 0 || bodyMissing) {
    ok('parameters', `${[...query.keys()].join(', ')}; ${age(query.get('timestamp') ?? '', now)}`)
  } else {
    fail(
      'parameters',
      `no ${missing.join(', no ')}`,
      'The URL was cut (a shell ends it at & unless it is in quotes), or a proxy dropped the query.',
      'Take the whole URL; set the proxy to pass the query on.'
    )
  }

  let cipher = encrypted?.replaceAll(' ', '+')
  if (body !== undefined) {
    try {
      const envelope = readEnvelope(body)
      cipher = envelope.encrypt
      ok(
        'envelope',
        `${envelope.format.toUpperCase()}, to ${JSON.stringify(envelope.toUserName ?? '')}, ${cipher.length} ` +
          'characters encrypted'
      )
    } catch (error) {
      const [cause = '', ...fix] = (error as Error).message.split('. ')
      fail('envelope', 'no envelope', `${cause}.`, fix.join('. '))
    }
  }
  if (cipher === undefined || cipher === '') {
    if (bodyMissing && recorded.method === 'POST') {
      fail(
        'envelope',
        'the line of a POST, without its body',
        'The encrypted text is in the body of the request, and an access log contains no bodies: the line alone ' +
          'cannot be checked or opened.',
        'Record the body as well (nginx: $request_body in log_format; a proxy that records; tcpdump) and give it ' +
          'after the line, in quotes or piped in. Without it, `fastify-wecom doctor <url>` tells what the server ' +
          'answers, and why.'
      )
    } else if (body === undefined) {
      fail(
        'envelope',
        'neither echostr nor a body',
        'A message (POST) has its ciphertext in the body, URL verification (GET) in echostr.',
        'For a message give its body after the URL, in quotes or piped in; for URL verification the whole URL, with ' +
          'echostr.'
      )
    }
    return { steps }
  }

  signature(cipher)
  return { steps, ...decipher(cipher) }

  function signature (cipher: string): void {
    if (token === undefined) {
      steps.push({ step: 'signature', state: 'skipped', found: 'no token given', fix: 'Give --token or WECOM_TOKEN.' })
      return
    }
    if (missing.some(name => name !== 'echostr')) {
      steps.push({ step: 'signature', state: 'skipped', found: 'parameters are missing' })
      return
    }
    const sent = query.get(name) as string
    const sign = (text: string) =>
      computeSignature(token, query.get('timestamp') as string, query.get('nonce') as string, text)
    if (sign(cipher) === sent) {
      ok('signature', `${name} fits the token`)
      return
    }
    const twice = cipher.includes('%') && canDecode(cipher) ? decodeURIComponent(cipher) : undefined
    if (twice !== undefined && sign(twice) === sent) {
      fail(
        'signature',
        `${name} fits only after decoding once more`,
        'The query was encoded twice.',
        'Look for a proxy or redirect that encodes the query again.'
      )
    } else if (sign(cipher.trim().replace(/\s/g, '')) === sent) {
      fail(
        'signature',
        `${name} fits without the white space`,
        'White space got into the ciphertext.',
        'It probably came in by copying.'
      )
    } else {
      fail(
        'signature',
        `${name} is ${sent}, this token makes ${sign(cipher)}`,
        'Another token, or query and body are not of the same request, or one of them was changed on the way.',
        'Compare Token with the WeCom console (each callback URL has its own), blanks at its ends included.'
      )
    }
  }

  function decipher (cipher: string): Pick<Explained, 'plaintext' | 'kind'> {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(cipher) || cipher.length % 4 !== 0) {
      fail(
        'base64',
        `${cipher.length} characters`,
        cipher.length % 4 !== 0
          ? 'It is cut, or lost its "=" at the end.'
          : 'It holds characters that base64 does not have.',
        'Take the text from the raw request; decode a query exactly once.'
      )
      return {}
    }
    const bytes = Buffer.from(cipher, 'base64')
    ok('base64', `${bytes.length} bytes`)
    if (bytes.length % 16 !== 0) {
      fail('aes', `${bytes.length} bytes`, 'AES works on blocks of 16 bytes: some are missing.', 'Take the whole text.')
      return {}
    }
    const key = decodeEncodingAESKey(encodingAESKey)
    const aes = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
    const padded = Buffer.concat([aes.update(bytes), aes.final()])
    ok('aes', `${padded.length / 16} blocks`)
    const pad = padded.at(-1) ?? 0
    const good = pad >= 1 && pad <= 32 && pad <= padded.length && padded.subarray(-pad).every(byte => byte === pad)
    if (!good) {
      fail(
        'padding',
        `the last byte is ${pad}`,
        'Another EncodingAESKey: decryption gives noise.',
        'Compare EncodingAESKey with the WeCom console; pressing "random" there and saving changes it at once.'
      )
      return {}
    }
    ok(
      'padding',
      `${pad} bytes of ${pad}${pad > 16 ? ' (more than 16: libraries that unpad by themselves refuse this)' : ''}`
    )
    return content(padded.subarray(0, -pad))
  }

  function content (bytes: Buffer): Pick<Explained, 'plaintext' | 'kind'> {
    const length = bytes.length < 20 ? -1 : bytes.readUInt32BE(16)
    if (length < 0 || 20 + length > bytes.length) {
      fail(
        'length',
        length < 0 ? `${bytes.length} bytes` : `${length} of ${bytes.length - 20} bytes`,
        'This is not a WeCom message, which is 16 random bytes, the length, the message and the receiveId.',
        'If you encrypted this yourself: the length is a big-endian uint32 and counts bytes, not characters.'
      )
      return {}
    }
    ok('length', `${length} bytes of message`)
    const text = bytes.subarray(20, 20 + length)
    const id = bytes.subarray(20 + length).toString()
    if (receiveId === undefined) {
      steps.push({
        step: 'receiveId',
        state: 'skipped',
        found: `${JSON.stringify(id)} (none given to compare it with)`
      })
    } else if (id === receiveId) ok('receiveId', JSON.stringify(id))
    else {
      fail(
        'receiveId',
        `${JSON.stringify(id)}, expected ${JSON.stringify(receiveId)}`,
        'The message is for another corp, suite or bot, or this scene uses another id: corpid, suite id on a command ' +
          'URL, "" for bots.',
        'If that id is yours, set receiveId to it.'
      )
    }
    const plaintext = text.toString()
    if (!isUtf8(text)) {
      fail(
        'message',
        'bytes that are not UTF-8',
        'It was cut in the middle of a character, or is in another encoding.',
        'Encrypt UTF-8, and count its bytes.'
      )
      return { plaintext }
    }
    if (body === undefined) {
      ok('message', 'the echo: answer the GET with exactly this')
      return { plaintext }
    }
    try {
      const { kind: { key: kind }, format } = parseMessage(plaintext)
      ok('message', `${kind}, ${format.toUpperCase()}`)
      return { plaintext, kind }
    } catch (error) {
      fail(
        'message',
        'text that is not a message',
        `${(error as Error).message.split('. ')[0]}.`,
        'Compare it with the documents of the scene.'
      )
      return { plaintext }
    }
  }
}

function parameters ({ query, body }: Recorded): { encrypted: string | undefined, missing: string[], name: string } {
  const name = SIGNATURE_NAMES.find(name => query.has(name)) ?? 'msg_signature'
  const wanted = [name, 'timestamp', 'nonce', ...(body === undefined ? ['echostr'] : [])]
  return { encrypted: query.get('echostr'), missing: wanted.filter(name => (query.get(name) ?? '') === ''), name }
}

function age (timestamp: string, now: number): string {
  if (!/^\d{10}$/.test(timestamp)) return 'timestamp is not a Unix time in seconds'
  const seconds = Math.round(now / 1000 - Number(timestamp))
  return `sent ${new Date(Number(timestamp) * 1000).toISOString()}, ${Math.abs(seconds)} s ` +
    `${seconds < 0 ? 'ahead of this clock' : 'ago'}`
}

function canDecode (text: string): boolean {
  try {
    return decodeURIComponent(text) !== ''
  } catch {
    return false
  }
}
