import { fakeMedia, type FakeMedia } from '../testing/fake-media.js'
import { fakeRespond, type FakeRespond, type PostedResponse } from '../testing/fake-respond.js'

/** WeCom's servers beside the callback, on loopback: media, and what is posted to a response_url. */
export interface LoopbackServers {
  /** Begins to listen, the first time; a playground that nobody plays with has no servers. */
  ready (): Promise<void>
  /** Of what listens. */
  readonly origins: readonly string[]
  /** A response_url; `undefined` before `ready`. */
  responseUrl (chat: 'single' | 'group'): string | undefined
  /** What was posted, from a place in that list on. */
  posted (from: number): readonly PostedResponse[]
  /** Serves a file, sealed, for five minutes. Throws where they hold too much. */
  addFile (data: Uint8Array, fileName: string, contentType: string): string
  /** Whether a file was asked for; `undefined` of a URL that is none of these. */
  wasOpened (url: string): boolean | undefined
  close (): Promise<void>
}

export class FilesFull extends Error {}

/** Bytes of all files that are served at a time. */
const MOST_BYTES = 256 * 1024 * 1024
/** Milliseconds for which a file is served, as WeCom's are. */
const LIFETIME = 300_000

export function createLoopbackServers (aesKey: string): LoopbackServers {
  let media: FakeMedia | undefined
  let respond: FakeRespond | undefined
  let starting: Promise<void> | undefined
  const files: Array<{ url: string, bytes: number, until: number }> = []

  async function start (): Promise<void> {
    [media, respond] = await Promise.all([fakeMedia({ aesKey, lifetime: LIFETIME }), fakeRespond()])
  }

  return {
    async ready () {
      starting ??= start()
      await starting
    },
    get origins () {
      return [media?.origin, respond?.origin].filter(origin => origin !== undefined)
    },
    responseUrl: chat => respond?.url({ chat }),
    posted: from => respond?.posted.slice(from) ?? [],
    addFile (data, fileName, contentType) {
      if (media === undefined) throw new Error('nothing listens yet')
      const now = Date.now()
      const bytes = files.reduce((sum, file) => sum + (file.until > now ? file.bytes : 0), data.length)
      if (bytes > MOST_BYTES) {
        throw new FilesFull(`the files of the last five minutes have ${MOST_BYTES / 1024 / 1024} MiB: wait a little`)
      }
      const url = media.add(data, { fileName, contentType })
      files.push({ url, bytes: data.length, until: now + LIFETIME })
      return url
    },
    wasOpened: url => files.some(file => file.url === url)
      ? media?.requests.some(request => request.url === url && request.status === 200)
      : undefined,
    async close () {
      await starting
      await Promise.all([media?.close(), respond?.close()])
    }
  }
}
