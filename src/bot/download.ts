import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { quote, wecomError, WecomError, type WecomErrorCode } from '../errors.js'
import { contentTypeOf } from './content-type.js'
import { fileNameOf } from './file-name.js'
import { MediaDecipher, MediaFault } from './media-decipher.js'
import type { OpenedMedia } from './opened-media.js'
import { isPublicAddress, lookupPublic, PrivateAddressFault } from './public-addresses.js'
import { describeFault, send } from './send.js'

export interface DownloadOptions {
  readonly maxBytes: number
  readonly timeout: number
  /** May have private addresses, and speak http where they say so. */
  readonly origins: ReadonlySet<string>
  readonly signal: AbortSignal | undefined
}

/**
 * Asks for a medium and reads its first bytes, which tell its type; the rest is read as somebody reads the stream.
 *
 * @throws WecomError
 */
export async function download (url: URL, key: Buffer, options: DownloadOptions): Promise<OpenedMedia> {
  const { maxBytes, signal } = options
  checkUrl(url, options.origins)
  const response = await get(url, options)
  try {
    checkHeaders(url, response, maxBytes)
  } catch (error) {
    response.destroy()
    throw error
  }
  const next = reader(url, response, new MediaDecipher(key), options)
  // A medium that turns out to be none is told where it is read, however short it is.
  let first: Promise<Uint8Array | undefined> | undefined = next()
  const start = await first.catch(() => undefined) ?? new Uint8Array(0)
  if (signal?.aborted === true) throw signal.reason
  const stream = new ReadableStream<Uint8Array>({
    async pull (controller) {
      const piece = await (first ?? next())
      first = undefined
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
    cancel () {
      response.destroy()
    }
  }, { highWaterMark: 0 })
  const fileName = fileNameOf(response.headers['content-disposition'])
  let whole: Promise<Uint8Array> | undefined
  return {
    stream,
    contentType: contentTypeOf(start, response.headers['content-type'], fileName),
    fileName,
    bytes () {
      whole ??= readAll(stream)
      return whole
    }
  }
}

async function readAll (stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stream) {
    pieces.push(piece)
    length += piece.length
  }
  const all = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    all.set(piece, offset)
    offset += piece.length
  }
  return all
}

function checkUrl (url: URL, origins: ReadonlySet<string>): void {
  const got = url.username !== '' || url.password !== ''
    ? 'one with a user in it'
    : origins.has(url.origin)
      ? undefined
      : url.protocol !== 'https:'
        ? `one of ${quote(url.protocol)}`
        : isPrivateLiteral(url.hostname) ? 'a private address' : undefined
  if (got !== undefined) throw hostRefused(url, got)
}

/** Node.js looks up names alone, not addresses. */
function isPrivateLiteral (hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) !== 0 && !isPublicAddress(address)
}

async function get (url: URL, options: DownloadOptions): Promise<IncomingMessage> {
  const { origins, timeout, signal } = options
  const how = { timeout, signal, ...(origins.has(url.origin) ? {} : { lookup: lookupPublic }) }
  try {
    const response = await send(url, how)
    // Seen at WeCom's host for a file that was there a moment later.
    if (response.statusCode !== 503) return response
    response.destroy()
    await wait(RETRY_DELAY, undefined, signal === undefined ? {} : { signal })
    return await send(url, how)
  } catch (error) {
    throw faultOf(url, error, options)
  }
}

const RETRY_DELAY = 500

function checkHeaders (url: URL, { statusCode = 0, headers }: IncomingMessage, maxBytes: number): void {
  const status = `status ${statusCode}`
  if (statusCode >= 300 && statusCode < 400) throw hostRefused(url, `a redirect (${status})`)
  if (statusCode === 403 || statusCode === 404 || statusCode === 410) {
    throw wecomError('WECOM_MEDIA_EXPIRED', {
      expected: `the file from ${quote(url.host)}`,
      got: status,
      fix: "WeCom's media URLs are valid for 5 minutes: open media in the handler, before slow work."
    })
  }
  if (statusCode !== 200) throw corrupt(url, status)
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
  if (length === undefined) return
  // The shortest padding is one byte, the longest 32.
  if (length > maxBytes + 32) throw tooLarge(maxBytes)
  if (length === 0 || length % 16 !== 0) throw corrupt(url, `${length} bytes, which are not whole blocks of 16`)
}

/** Gives the next decrypted piece, `undefined` at the end; a fault closes the connection. */
function reader (url: URL, response: IncomingMessage, decipher: MediaDecipher, options: DownloadOptions) {
  const { maxBytes } = options
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let length = 0
  let ended = false
  async function read (): Promise<Uint8Array | undefined> {
    while (!ended) {
      const { done, value } = await pieces.next()
      if (done === true) ended = true
      const piece = done === true ? decipher.final() : decipher.update(value)
      length += piece.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      if (piece.length > 0) return piece
    }
  }
  return async (): Promise<Uint8Array | undefined> => {
    try {
      return await read()
    } catch (error) {
      response.destroy()
      throw faultOf(url, error, options)
    }
  }
}

/** What went wrong, without the words of whoever made the error: they may hold more than the host. */
function faultOf (url: URL, error: unknown, { signal }: DownloadOptions): unknown {
  if (signal?.aborted === true) return signal.reason
  if (error instanceof WecomError) return error
  if (error instanceof PrivateAddressFault) return hostRefused(url, 'only private addresses')
  return corrupt(url, error instanceof MediaFault ? error.message : describeFault(error))
}

function hostRefused (url: URL, got: string): WecomError {
  return fault('WECOM_MEDIA_HOST_REFUSED', `an https URL of a public host (${quote(url.host)})`, got,
    'List the host in mediaHosts (hosts of openMedia) if it is yours.')
}

function corrupt (url: URL, got: string): WecomError {
  return fault('WECOM_MEDIA_CORRUPT', `a whole file under this key from ${quote(url.host)}`, got,
    "Compare the key with the bot's EncodingAESKey, and open the medium again within 5 minutes.")
}

function tooLarge (maxBytes: number): WecomError {
  return fault('WECOM_MEDIA_TOO_LARGE', `a file of at most ${maxBytes} bytes`, 'more',
    'Raise maxBytes, or tell the user that the file is too large.')
}

function fault (code: WecomErrorCode, expected: string, got: string, fix: string): WecomError {
  return wecomError(code, { expected, got, fix })
}
