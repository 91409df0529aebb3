import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { quote } from '../errors.js'
import { checkDuration, checkNames, optionInvalid } from '../support/options.js'
import { newEncodingAESKey } from './credentials.js'
import { listenOnLoopback } from './loopback.js'
import { sealMedia, sealPadded } from './seal-media.js'

/**
 * What can go wrong with a medium:
 *
 * - `expired`, `missing`: 403, 404
 * - `unavailable`, `unavailable-once`: 503, always or for the first request
 * - `redirect`: 302 to the same file elsewhere on this server
 * - `truncated`: the connection breaks after half of the bytes
 * - `bad-padding`, `bad-length`: what comes is no whole medium
 * - `silent`, `stalled`: no answer at all, or nothing after half of the bytes
 */
export const MEDIA_FAULTS = [
  'expired', 'missing', 'unavailable', 'unavailable-once', 'redirect', 'truncated', 'bad-padding', 'bad-length',
  'silent', 'stalled'
] as const

/** One of `MEDIA_FAULTS`. */
export type MediaFaultName = (typeof MEDIA_FAULTS)[number]

export interface FakeMediaOptions {
  /**
   * Seals the files. Default: a fresh one, `aesKey` of what is returned.
   *
   * @example aesKey: newCredentials().encodingAESKey
   */
  readonly aesKey?: string | undefined
  /**
   * Milliseconds for which a URL lives, by `Date.now()`. Default 300 000, as WeCom's.
   *
   * @example lifetime: 1_000
   */
  readonly lifetime?: number | undefined
}

export interface FakeMediaFileOptions {
  /**
   * In Content-Disposition, as `filename*` and, as far as ASCII goes, `filename`. Default: none.
   *
   * @example fileName: '年度报告.pdf'
   */
  readonly fileName?: string | undefined
  /**
   * The whole Content-Disposition instead. Default: by `fileName`.
   *
   * @example disposition: 'attachment; filename="../../etc/passwd"'
   */
  readonly disposition?: string | undefined
  /**
   * Default `application/octet-stream`.
   *
   * @example contentType: 'image/png'
   */
  readonly contentType?: string | undefined
  /**
   * Whether Content-Length is told. Default true.
   *
   * @example length: false
   */
  readonly length?: boolean | undefined
  /**
   * What goes wrong. Default: nothing.
   *
   * @example fault: 'truncated'
   */
  readonly fault?: MediaFaultName | undefined
}

/** WeCom's server for media, on loopback. */
export interface FakeMedia {
  /** For `mediaHosts`, and `hosts` of `openMedia`: without it, loopback and http are refused. */
  readonly origin: string
  /** What files are sealed with. */
  readonly aesKey: string
  /** What was asked for and answered: a URL that `add` returned, or the target of a redirect; 0 for no answer. */
  readonly requests: ReadonlyArray<{ readonly url: string, readonly status: number }>
  /** Seals a file and returns its URL, as messages have it. */
  add (data: Uint8Array | string, options?: FakeMediaFileOptions): string
  close (): Promise<void>
}

/**
 * A real HTTP server that serves sealed media as WeCom's does, with what can go wrong. It keeps no process alive.
 *
 * @example
 * ```ts
 * const credentials = newCredentials('')
 * const media = await fakeMedia({ aesKey: credentials.encodingAESKey })
 * const message = sample('aibot.file', { file: { url: media.add('内容', { fileName: '报告.txt' }) } })
 * // give the app mediaHosts: [media.origin], send the message, and in the end:
 * await media.close()
 * ```
 */
export async function fakeMedia (options: FakeMediaOptions = {}): Promise<FakeMedia> {
  checkNames('fakeMedia', options, ['aesKey', 'lifetime'])
  const { aesKey = newEncodingAESKey(), lifetime = 300_000 } = options
  checkDuration('lifetime', lifetime)
  sealMedia('', aesKey)
  const files = new Map<string, MediaFile>()
  const requests: Array<{ url: string, status: number }> = []
  const { origin, close } = await listenOnLoopback((request, response) => {
    const url = `${origin}${request.url ?? ''}`
    requests.push({ url, status: answer(files, request, response) })
  })
  return {
    origin,
    aesKey,
    requests,
    close,
    add (data, options = {}) {
      checkNames('add', options, ['fileName', 'disposition', 'contentType', 'length', 'fault'])
      const { fault } = options
      if (fault !== undefined && !MEDIA_FAULTS.includes(fault)) {
        throw optionInvalid(`fault to be one of ${MEDIA_FAULTS.join(', ')}`, quote(fault), 'Leave it out for none.')
      }
      // What nobody can have any more need not be kept.
      for (const file of files.values()) if (Date.now() >= file.until) file.sealed = NOTHING
      const path = `/${randomUUID()}?sign=${randomUUID()}`
      files.set(path, { ...options, sealed: seal(data, aesKey, fault), until: Date.now() + lifetime, asked: 0 })
      return `${origin}${path}`
    }
  }
}

const NOTHING = new Uint8Array(0)

interface MediaFile extends FakeMediaFileOptions {
  sealed: Uint8Array
  readonly until: number
  asked: number
}

function seal (data: Uint8Array | string, aesKey: string, fault: MediaFaultName | undefined): Uint8Array {
  const sealed = sealMedia(data, aesKey)
  if (fault === 'bad-length') return sealed.subarray(0, -1)
  if (fault !== 'bad-padding') return sealed
  // The last byte is right, so only who looks at all of them sees it.
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const pad = 32 - bytes.length % 32
  const padding = Buffer.alloc(pad, pad)
  padding[0] = pad === 1 ? 33 : pad - 1
  return sealPadded(Buffer.concat([bytes, padding]), aesKey)
}

/** Answers, and tells with which status. */
function answer (files: ReadonlyMap<string, MediaFile>, request: IncomingMessage, response: ServerResponse): number {
  const target = request.url ?? ''
  const file = files.get(target.replace(/&moved=1$/, ''))
  const status = statusOf(file, target)
  if (file === undefined || status !== 200) {
    response.writeHead(status, status === 302 ? { location: `${target}&moved=1` } : {}).end()
    return status
  }
  const { sealed, fault, contentType = 'application/octet-stream', length = true } = file
  if (fault === 'silent') return 0
  const disposition = file.disposition ?? dispositionOf(file.fileName)
  response.writeHead(200, {
    'content-type': contentType,
    ...(disposition === undefined ? {} : { 'content-disposition': Buffer.from(disposition).toString('latin1') }),
    ...(length ? { 'content-length': sealed.length } : {})
  })
  if (fault !== 'truncated' && fault !== 'stalled') {
    response.end(sealed)
  } else {
    response.write(sealed.subarray(0, sealed.length / 2), () => { if (fault === 'truncated') response.destroy() })
  }
  return 200
}

function statusOf (file: MediaFile | undefined, target: string): number {
  if (file === undefined || file.fault === 'missing') return 404
  file.asked++
  if (file.fault === 'expired' || Date.now() >= file.until) return 403
  if (file.fault === 'unavailable' || (file.fault === 'unavailable-once' && file.asked === 1)) return 503
  return file.fault === 'redirect' && !target.endsWith('&moved=1') ? 302 : 200
}

function dispositionOf (fileName: string | undefined): string | undefined {
  if (fileName === undefined) return undefined
  const plain = fileName.replace(/[^ -~]/g, '_').replace(/["\\]/g, '\\$&')
  const extended = encodeURIComponent(fileName).replace(/['()*]/g, mark => `%${mark.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`
}
