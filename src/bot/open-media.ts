import { optionInvalid, checkCount, checkDuration, checkNames, checkUnit, show } from '../support/options.js'
import { quote } from '../errors.js'
import type { MediaRef } from './media-of.js'
import { checkHosts, parseUrl } from './hosts.js'
import { decodeMediaKey } from './media-key.js'
import type { OpenedMedia } from './opened-media.js'

export interface OpenMediaOptions {
  /**
   * The most bytes that the file may have. Default 104 857 600 (100 MB), the most that WeCom sends.
   *
   * @example maxBytes: 10 * 1024 * 1024
   */
  readonly maxBytes?: number | undefined
  /**
   * How many milliseconds may pass until the answer begins, and between two pieces of it, while they arrive or are
   * read. Default 30 000.
   *
   * @example timeout: 10_000
   */
  readonly timeout?: number | undefined
  /**
   * Hosts (https, port 443) that may have private addresses, and whole origins that may also speak http: a proxy of
   * your own, `fakeMedia()` of fastify-wecom/testing; inside Tencent Cloud WeCom's host can have a link-local address.
   * Default: none.
   *
   * @example hosts: ['http://127.0.0.1:4000']
   */
  readonly hosts?: readonly string[] | undefined
  /**
   * Aborts the download: pending promises reject with the signal's reason. Default: none.
   *
   * @example signal: AbortSignal.timeout(60_000)
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * Downloads and decrypts a picture, file or video of a message to a bot [100719], in constant memory. Private
 * addresses, redirects and http are refused, because the URL came from outside. WeCom's URLs are valid for 5 minutes
 * and are secrets.
 * Without `aesKey` of your own, use `context.openMedia(ref)`.
 *
 * @example
 * ```ts
 * createRouter().on('aibot.file', async message => {
 *   const media = await openMedia(message.file.url, { aesKey: encodingAESKey })
 *   await save({ name: media.fileName, type: media.contentType, content: await media.bytes() })
 * })
 * ```
 *
 * @throws WecomError WECOM_MEDIA_EXPIRED, WECOM_MEDIA_TOO_LARGE, WECOM_MEDIA_CORRUPT, WECOM_MEDIA_HOST_REFUSED,
 * WECOM_ENCODING_AES_KEY_INVALID, WECOM_OPTION_INVALID
 */
export async function openMedia (url: string, options: OpenMediaOptions & {
  /** The EncodingAESKey of the bot, or the medium's own key: 43 characters, or the base64 of 32 bytes. */
  readonly aesKey: string
}): Promise<OpenedMedia> {
  return await open(url, options, originsOf(options))
}

/**
 * The same for a medium of a message, which may have a key of its own; else `aesKey` is its key.
 *
 * @param origins in place of `hosts`, checked already
 * @throws WecomError as `openMedia`
 */
export async function openRef (
  ref: MediaRef,
  options: OpenMediaOptions & { readonly aesKey: string },
  origins = originsOf(options)
): Promise<OpenedMedia> {
  const { url, aeskey } = Object(ref) as MediaRef
  return await open(url, aeskey === undefined ? options : { ...options, aesKey: aeskey }, origins)
}

async function open (
  url: unknown,
  options: OpenMediaOptions & { readonly aesKey: string },
  origins: ReadonlySet<string>
): Promise<OpenedMedia> {
  checkNames('openMedia', options, ['aesKey', 'maxBytes', 'timeout', 'hosts', 'signal'])
  const { maxBytes = MOST_BYTES, timeout = 30_000, signal, aesKey }: Partial<typeof options> = Object(options)
  const target = typeof url === 'string' ? parseUrl(url) : undefined
  if (target === undefined) {
    throw optionInvalid('url to be the URL of a medium', typeof url === 'string' ? 'another text' : quote(url),
      'Give the url of what mediaOf(message) returns.')
  }
  if (signal !== undefined && !(Object(signal) as object instanceof AbortSignal)) {
    throw optionInvalid('signal to be an AbortSignal', show(signal), 'Leave it out if there is none.')
  }
  const key = decodeMediaKey(aesKey)
  const checked = {
    maxBytes: checkCount('maxBytes', maxBytes),
    timeout: checkUnit('timeout', checkDuration('timeout', timeout), 50),
    origins,
    signal
  }
  // Servers that open no media need no HTTP client.
  const { download } = await import('./download.js')
  return await download(target, key, checked)
}

function originsOf (options: OpenMediaOptions): ReadonlySet<string> {
  const { hosts = [] } = Object(options) as OpenMediaOptions
  return checkHosts('hosts', hosts)
}

const MOST_BYTES = 100 * 1024 * 1024
