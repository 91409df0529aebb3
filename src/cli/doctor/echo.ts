import { gunzipSync } from 'node:zlib'
import type { TestCredentials } from '../../testing/credentials.js'
import { openEnvelope } from '../../testing/reply-envelope.js'
import type { Outcome } from './outcome.js'

/** `exact`: as WeCom wants it; `wrapped`: the echo is in it, with something around; `none`: it is not. */
export interface EchoVerdict {
  is: 'exact' | 'wrapped' | 'none'
  /** Whether what came back is echostr as it was sent: nothing was decrypted, nor perhaps checked. */
  undecrypted?: boolean
  /** What is around it, or was done to it. */
  how: string
  fix: string
}

export interface SentEcho {
  echo: string
  echostr: string
  nonce: string
  receiveId: string
  credentials: TestCredentials
}

/** Whether an answer holds the decrypted echo, and in what wrapping. */
export function readEcho (
  { answer }: Pick<Outcome, 'answer'>,
  { echo, echostr, nonce, receiveId, credentials }: SentEcho
): EchoVerdict {
  if (answer === undefined) return NONE
  const { status, text, headers, cut } = answer
  if (cut) return NONE
  if (status === 200 && text === echo) return { is: 'exact', how: '', fix: '' }
  if (text === echo) return wrapped(`with status ${status} instead of 200`, 'Answer with status 200.')
  if (headers['content-encoding'] !== undefined && unzipped(answer.body) === echo) {
    return wrapped('compressed', 'Switch compression off for this route: the request asked for none.')
  }
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === echo) {
    if (text.startsWith('\uFEFF')) {
      return wrapped(
        'with a byte order mark (BOM) before it',
        'Save the source file without BOM (PHP: also the files it includes), or write the text as plain UTF-8.'
      )
    }
    return wrapped(
      /\n/.test(text) ? 'with a line break around it' : 'with a blank around it',
      'Write the text and nothing else: no println, no echo with newline, no template, nothing after ?> in PHP.'
    )
  }
  if (/^(["'])(.*)\1$/s.exec(trimmed)?.[2] === echo) {
    return wrapped(
      'in quotes',
      'Send it as text/plain, past the JSON serializer of the framework (Express: ' +
        'res.type("text").send(String(echo)); Spring: return String with produces = "text/plain"; FastAPI: ' +
        'PlainTextResponse).'
    )
  }
  if (/^\d{19}$/.test(trimmed) && Number(trimmed) === Number(echo)) {
    return wrapped('as a number that lost its last digits', 'Keep it a string: it has more digits than a double holds.')
  }
  // A debugging server that repeats the whole request repeats echostr, too.
  if (
    !text.includes(nonce) &&
    [echostr, echostr.replaceAll('/', '\\/'), encodeURIComponent(echostr), echostr.replaceAll('+', ' ')].some(same =>
      text.includes(same)
    )
  ) {
    return {
      ...wrapped(
        'not decrypted: the answer is echostr itself',
        'WeCom, unlike a WeChat official account, wants echostr decrypted with EncodingAESKey.'
      ),
      undecrypted: true
    }
  }
  const opened = openEnvelope({ ...credentials, receiveId }, text, {
    format: trimmed.startsWith('{') ? 'json' : 'xml',
    spelling: 'lower'
  })
  if (opened?.plaintext.includes(echo) === true) {
    return wrapped(
      'encrypted again, in an envelope',
      'Only answers to POST are encrypted: answer the GET with the bare decrypted text.'
    )
  }
  if (!text.includes(echo)) return NONE
  if (text.includes(`${echo}${receiveId}`) && receiveId !== '') {
    return wrapped(
      'with its frame: the receiveId is still behind it',
      'The decrypted bytes are 16 random ones, a length of 4, the text, the receiveId: answer with the text alone.'
    )
  }
  if (/^[{[]/.test(trimmed)) {
    return wrapped(
      'inside JSON',
      'Send the bare text: a response wrapper or interceptor of the framework ({"code":0,"data":…}) must skip this ' +
        'route.'
    )
  }
  if (/^</.test(trimmed)) {
    return wrapped(
      /<html/i.test(trimmed) ? 'inside an HTML page' : 'inside XML',
      'Send the bare text as text/plain, no template around it.'
    )
  }
  return wrapped(
    'with other text around it',
    'Send the bare text: debug output, logs to standard output (CGI, PHP) or a wrapper add something.'
  )
}

const NONE: EchoVerdict = { is: 'none', how: '', fix: '' }

function wrapped (how: string, fix: string): EchoVerdict {
  return { is: 'wrapped', how, fix }
}

function unzipped (body: Buffer): string | undefined {
  try {
    return gunzipSync(body, { maxOutputLength: 1024 }).toString()
  } catch {
    return undefined
  }
}
