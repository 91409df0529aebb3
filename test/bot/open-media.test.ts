import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openRef } from '../../src/bot/open-media.js'
import { openMedia, WecomError, type OpenMediaOptions } from '../../src/index.js'
import { fakeMedia, MEDIA_FAULTS, sealMedia, type FakeMedia, type FakeMediaFileOptions } from '../../src/testing/index.js'
import { encryptRaw, pad } from '../support/wecom-aes.js'

let media: FakeMedia
beforeAll(async () => { media = await fakeMedia() })
afterAll(async () => { await media.close() })

const open = (url: string, options: Partial<OpenMediaOptions & { aesKey: string }> = {}) =>
  openMedia(url, { aesKey: media.aesKey, hosts: [media.origin], ...options })
const read = async (url: string, options: Partial<OpenMediaOptions> = {}) => await (await open(url, options)).bytes()
const coded = (code: string) => expect.objectContaining({ code, name: 'WecomError' }) as Error

/** A server of the test's own. */
async function serve (listener: RequestListener): Promise<{ server: Server, url: string, origin: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => { server.closeAllConnections(); server.close() })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { server, origin, url: `${origin}/secret-path?sign=secret` }
}

/** Nobody is connected to it any more. */
async function idle (server: Server): Promise<void> {
  await expect.poll(() => new Promise(resolve => { server.getConnections((_, count) => { resolve(count) }) }), { timeout: 5_000 }).toBe(0)
}

test('what WeCom seals is opened, with type and name', async () => {
  const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(100_000)])
  const opened = await open(media.add(png, { fileName: '年度 "报告".png' }))
  expect(opened).toMatchObject({ contentType: 'image/png', fileName: '年度 "报告".png' })
  expect(Buffer.from(await opened.bytes()).equals(png)).toBe(true)
  expect(await opened.bytes()).toBeInstanceOf(Uint8Array)
})

test('sealMedia writes what page 100719 says', () => {
  for (const length of [0, 1, 15, 16, 31, 32, 33]) {
    const data = randomBytes(length)
    expect(Buffer.from(sealMedia(data, media.aesKey)).toString('base64')).toBe(encryptRaw(media.aesKey, pad(data)))
  }
})

test('a file of any length, in pieces of any length, is opened; who pads to 16 is understood', async () => {
  let sealed = Buffer.alloc(0)
  let sizes: number[] = []
  const { url, origin } = await serve((_, response) => {
    const dribble = async () => {
      for (let at = 0, i = 0; at < sealed.length; i++) {
        const size = sizes[i % sizes.length] as number
        response.write(sealed.subarray(at, at += size))
        await new Promise(setImmediate)
      }
      response.end()
    }
    dribble().catch(() => { response.destroy() })
  })
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 }), fc.constantFrom(16, 32), async (data, pieces, block) => {
    sealed = Buffer.from(encryptRaw(media.aesKey, pad(Buffer.from(data), block)), 'base64')
    sizes = pieces
    expect(Buffer.from(await read(url, { hosts: [origin] }))).toEqual(Buffer.from(data))
  }), { numRuns: 150, seed: 26 })
})

test('every byte of the padding is checked', async () => {
  let body = Buffer.alloc(0)
  const { url, origin } = await serve((_, response) => { response.end(body) })
  for (const bytes of [[0], [33], [255], [2, 3, 3], [32, 31, ...Array<number>(30).fill(32)], [...Array<number>(31).fill(0), 32], [1, 16, 15, 16]]) {
    body = Buffer.from(encryptRaw(media.aesKey, Buffer.concat([Buffer.alloc(64 - bytes.length, 7), Buffer.from(bytes)])), 'base64')
    await expect(read(url, { hosts: [origin] }), String(bytes)).rejects.toThrow(coded('WECOM_MEDIA_CORRUPT'))
  }
  body = Buffer.from(encryptRaw(media.aesKey, Buffer.alloc(16, 32)), 'base64')
  await expect(read(url, { hosts: [origin] }), 'longer than the file').rejects.toThrow(coded('WECOM_MEDIA_CORRUPT'))
})

test.each<[FakeMediaFileOptions, string]>([
  [{ fault: 'expired' }, 'WECOM_MEDIA_EXPIRED'],
  [{ fault: 'missing' }, 'WECOM_MEDIA_EXPIRED'],
  [{ fault: 'unavailable' }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'redirect' }, 'WECOM_MEDIA_HOST_REFUSED'],
  [{ fault: 'truncated' }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'truncated', length: false }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'bad-padding' }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'bad-length' }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'bad-length', length: false }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'silent' }, 'WECOM_MEDIA_CORRUPT'],
  [{ fault: 'stalled' }, 'WECOM_MEDIA_CORRUPT']
])('a medium with %j is %s, in words that hold no secret', async (file, code) => {
  const url = media.add(randomBytes(200_001), { ...file, fileName: 'geheim.txt' })
  const error = await read(url, { timeout: 300 }).then(() => undefined, (error: unknown) => error)
  expect(error).toBeInstanceOf(WecomError)
  expect(error).toMatchObject({ code })
  const { pathname, searchParams } = new URL(url)
  for (const secret of [pathname, searchParams.get('sign') as string, media.aesKey, 'geheim']) expect(String((error as Error).stack)).not.toContain(secret)
})

test('all faults of the kit are tried above', () => {
  expect([...MEDIA_FAULTS].sort()).toEqual(['bad-length', 'bad-padding', 'expired', 'missing', 'redirect', 'silent', 'stalled', 'truncated', 'unavailable', 'unavailable-once'])
})

test('503 is asked again once, and a redirect is not followed', async () => {
  const url = media.add('内容', { fault: 'unavailable-once' })
  expect(Buffer.from(await read(url)).toString()).toBe('内容')
  expect(media.requests.filter(request => request.url === url).map(({ status }) => status)).toEqual([503, 200])
  const moved = media.add('内容', { fault: 'redirect' })
  await expect(read(moved)).rejects.toThrow(coded('WECOM_MEDIA_HOST_REFUSED'))
  expect(media.requests.filter(request => request.url.startsWith(moved))).toHaveLength(1)
})

test('a URL of the kit lives as long as it is told', async () => {
  const short = await fakeMedia({ lifetime: 1 })
  const url = short.add('x')
  await new Promise(resolve => setTimeout(resolve, 20))
  await expect(openMedia(url, { aesKey: short.aesKey, hosts: [short.origin] })).rejects.toThrow(coded('WECOM_MEDIA_EXPIRED'))
  await short.close()
})

test.each([true, false])('maxBytes bounds the file itself, to the byte; length told: %s', async length => {
  const url = media.add(randomBytes(1_000), { length })
  expect((await read(url, { maxBytes: 1_000 })).length).toBe(1_000)
  await expect(read(url, { maxBytes: 999 })).rejects.toThrow(coded('WECOM_MEDIA_TOO_LARGE'))
})

test('what is told to be too large is not read', async () => {
  let written = 0
  const { url, origin, server } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 2 ** 40 })
    const write = () => { while (response.write(Buffer.alloc(65_536))) written += 65_536 }
    response.on('drain', write)
    write()
  })
  await expect(open(url, { hosts: [origin] })).rejects.toThrow(coded('WECOM_MEDIA_TOO_LARGE'))
  await idle(server)
  expect(written).toBeLessThan(16 * 2 ** 20)
})

test('an endless body without a length ends at maxBytes', async () => {
  const { url, origin, server } = await serve((_, response) => {
    const write = () => { while (!response.destroyed && response.write(Buffer.alloc(65_536))) { /* on and on */ } }
    response.on('drain', write)
    write()
  })
  await expect(read(url, { hosts: [origin], maxBytes: 2 ** 20 })).rejects.toThrow(coded('WECOM_MEDIA_TOO_LARGE'))
  await idle(server)
})

// Chosen: with one of 250 keys a padding happens to be right.
test('another key is told as a wrong padding', async () => {
  const own = await fakeMedia({ aesKey: Buffer.alloc(32, 1).toString('base64') })
  onTestFinished(async () => { await own.close() })
  await expect(openRef({ type: 'file', url: own.add(Buffer.alloc(5_000)), aeskey: Buffer.alloc(32, 2).toString('base64'), quoted: false }, { aesKey: own.aesKey, hosts: [own.origin] })
    .then(opened => opened.bytes())).rejects.toThrow(coded('WECOM_MEDIA_CORRUPT'))
})

test('a key has 43 characters, or its padding as well; the own key of a medium counts before that of the bot', async () => {
  const aesKey = randomBytes(32).toString('base64')
  const own = await fakeMedia({ aesKey })
  const url = own.add('内容')
  for (const key of [aesKey, aesKey.slice(0, 43)]) {
    const opened = await openMedia(url, { aesKey: key, hosts: [own.origin] })
    expect(Buffer.from(await opened.bytes()).toString()).toBe('内容')
  }
  const byRef = await openRef({ type: 'file', url, aeskey: aesKey, quoted: false }, { aesKey: media.aesKey, hosts: [own.origin] })
  expect(Buffer.from(await byRef.bytes()).toString()).toBe('内容')
  await own.close()
})

test.each([undefined, '', 'short', `${'a'.repeat(43)}==`, 'a'.repeat(42), `${'-'.repeat(43)}`, 7])('the key %j is refused', async aesKey => {
  await expect(openMedia(media.add('x'), { aesKey: aesKey as string, hosts: [media.origin] })).rejects.toThrow(coded('WECOM_ENCODING_AES_KEY_INVALID'))
})

test.each<object>([
  { maxBytes: 0 }, { maxBytes: 1.5 }, { maxBytes: '7' }, { timeout: 0 }, { timeout: 5 }, { hosts: 'a' }, { hosts: [7] }, { hosts: [''] }, { hosts: ['a/b'] },
  { hosts: ['a:8443'] }, { hosts: ['https://a/b'] }, { hosts: ['ftp://a'] }, { hosts: ['https://u@a'] }, { signal: {} }, { maxbytes: 1 }
])('the option %j is refused', async options => {
  await expect(open(media.add('x'), options)).rejects.toThrow(coded('WECOM_OPTION_INVALID'))
})

test.each([undefined, 7, '', 'no url'])('the url %j is refused', async url => {
  await expect(open(url as string)).rejects.toThrow(coded('WECOM_OPTION_INVALID'))
})

test('an aborted signal ends the download wherever it is, with its reason', async () => {
  const reason = new Error('enough')
  await expect(open(media.add('x'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  for (const fault of ['silent', 'unavailable'] as const) {
    const early = new AbortController()
    const waits = open(media.add('x', { fault }), { signal: early.signal })
    setTimeout(() => { early.abort(reason) }, 50)
    await expect(waits).rejects.toBe(reason)
  }
  const late = new AbortController()
  const opened = await open(media.add(randomBytes(500_000), { fault: 'stalled' }), { signal: late.signal })
  const bytes = opened.bytes()
  setTimeout(() => { late.abort(reason) }, 50)
  await expect(bytes).rejects.toBe(reason)
})

test.each(['cancel', 'leave', 'abandon', 'abort'])('no connection outlives its stream: %s', async how => {
  const { url, origin, server } = await serve((_, response) => {
    response.on('error', () => {})
    const write = () => { while (!response.destroyed && response.write(Buffer.alloc(65_536))) { /* on and on */ } }
    response.on('drain', write)
    write()
  })
  const controller = new AbortController()
  const { stream } = await open(url, { hosts: [origin], timeout: how === 'abandon' ? 1_000 : 10_000, signal: controller.signal })
  if (how === 'cancel') await stream.cancel()
  // eslint-disable-next-line no-unreachable-loop -- leaves at the first piece
  if (how === 'leave') for await (const piece of stream) { expect(piece.length).toBeGreaterThan(0); break }
  if (how === 'abort') controller.abort()
  await idle(server)
})

test('a file that came whole can be read long after', async () => {
  const opened = await open(media.add('内容'), { timeout: 1_000 })
  await new Promise(resolve => setTimeout(resolve, 1_200))
  expect(Buffer.from(await opened.bytes()).toString()).toBe('内容')
})

test.each([
  'http://media.example.com/x', 'ftp://media.example.com/x', 'file:///etc/passwd', 'https://user:secret@media.example.com/x', 'https://127.0.0.1/x', 'https://2130706433/x',
  'https://0x7f.1/x', 'https://[::1]/x', 'https://[::ffff:10.0.0.1]/x', 'https://[64:ff9b::a00:1]/x', 'https://[fe80::1]/x', 'https://[fd00::1]/x', 'https://169.254.169.254/x',
  'https://100.64.0.1/x', 'https://localhost/x', 'https://localhost:8443/x'
])('%s is refused', async url => {
  await expect(openMedia(url, { aesKey: media.aesKey, timeout: 5_000 })).rejects.toThrow(coded('WECOM_MEDIA_HOST_REFUSED'))
})

test('a listed origin opens neither another port nor another scheme, and a listed host no http', async () => {
  const url = new URL(media.add('x'))
  for (const hosts of [[], ['127.0.0.1'], ['https://127.0.0.1'], ['http://127.0.0.1:1'], [media.origin.replace('http:', 'https:')]]) {
    await expect(open(url.href, { hosts }), String(hosts)).rejects.toThrow(coded('WECOM_MEDIA_HOST_REFUSED'))
  }
})
