import { isUtf8 } from 'node:buffer'
import { cutText } from '../reply/cut.js'

/** What file systems take at most. */
const MOST_BYTES = 255

/**
 * The file name in a Content-Disposition (RFC 6266): `filename*` (RFC 8187) before `filename`. It is fit to be a name
 * in a directory, whatever the server says: the last step of a path, without control characters and marks that turn
 * text round, at most 255 bytes; `undefined` where nothing is left.
 */
export function fileNameOf (disposition: string | undefined): string | undefined {
  const parameters = new Map<string, string>()
  for (const [, name, quoted, plain] of (disposition ?? '').matchAll(PARAMETER)) {
    const key = (name as string).toLowerCase()
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\([^])/g, '$1') ?? (plain as string).trim())
  }
  const extended = decodeExtended(parameters.get('filename*'))
  return safeName(extended ?? '') ?? safeName(decodePlain(parameters.get('filename') ?? ''))
}

const PARAMETER = /(?:^|;)\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^;]*))/g

/** `UTF-8''%E6%8A%A5.pdf` */
function decodeExtended (value: string | undefined): string | undefined {
  const [, charset = '', encoded = ''] = /^([\w-]+)'[^']*'(.*)$/.exec(value ?? '') ?? []
  if (/^utf-8$/i.test(charset)) return decodePercent(encoded)
  if (!/^iso-8859-1$/i.test(charset)) return undefined
  return encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Servers put UTF-8 into it, as it is or percent-encoded; Node.js reads headers as Latin-1. */
function decodePlain (value: string): string {
  const bytes = Buffer.from(value.replace(/^"/, ''), 'latin1')
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
  const decoded = decodePercent(text)
  // "100%25.txt" may be its name; one that holds other letters than ASCII can only have been encoded.
  return decoded !== undefined && /[^\0-\x7f]/.test(decoded) ? decoded : text
}

function decodePercent (text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function safeName (name: string): string | undefined {
  const last = name.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').split(/[/\\]/).at(-1) as string
  const plain = last.trim()
  if (/^\.*$/.test(plain)) return undefined
  if (Buffer.byteLength(plain) <= MOST_BYTES) return plain
  const extension = /\.[\w-]{1,16}$/.exec(plain)?.[0] ?? ''
  return cutText(plain.slice(0, plain.length - extension.length), MOST_BYTES - extension.length) + extension
}
