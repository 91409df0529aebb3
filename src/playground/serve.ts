import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { stripErrorDetails, loggableError } from '../support/strip-error-details.js'
import { TITLES } from '../message/generated/titles.js'
import type { MessageKey } from '../message/types.js'
import { samplesOf } from '../message/samples.js'
import type { TestCredentials } from '../testing/credentials.js'
import { writeMessage } from '../testing/message-text.js'
import { originOf } from './address.js'
import { readAssets, readPage } from './assets.js'
import { checkPlay } from './check-play.js'
import { readErrors } from './describe.js'
import type { Hider } from './hide.js'
import { FilesFull, type LoopbackServers } from './loopback-servers.js'
import type { Watch } from './observe.js'
import { messageOf, play, writeMessages } from './play.js'
import type { MenuButton, PlayEvent, Posted, Sample, ServedFile, Start } from './protocol.js'
import { createRemoteCheck } from './remote.js'
import type { Session } from './session.js'
import { denyReason } from './walls.js'

/** What the routes of one playground share. */
export interface Setting {
  base: string
  target: string
  credentials: TestCredentials
  menu: MenuButton[] | undefined
  allow: readonly string[]
  session: Session
  watches: Map<string, Watch>
  hider: Hider
  servers: LoopbackServers
}

/** Bytes of a body; a message of the page has a few kilobytes. */
const BODY_LIMIT = 256 * 1024
/** Bytes of a file; WeCom's may have a hundred million. */
const FILE_LIMIT = 32 * 1024 * 1024
/** Plays at a time: each may keep a handler of the app busy. */
const MOST_PLAYS = 8

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store'
}

/** The routes behind the walls. */
export function serve (app: FastifyInstance, setting: Setting): void {
  const { base, session, credentials, hider, servers } = setting
  const isNear = createRemoteCheck(setting.allow)
  const assets = readAssets()
  const page = readPage(base)
  const start: Start = {
    target: setting.target,
    session: session.id,
    receiveId: credentials.receiveId,
    menu: setting.menu ?? null,
    families: TITLES,
    errors: readErrors(),
    mostBytes: FILE_LIMIT
  }
  let verified = false
  const playing = new Set<AbortController>()
  app.addHook('preClose', async () => { for (const stop of playing) stop.abort() })
  app.addHook('onClose', servers.close)

  app.addHook('onRequest', async (request, reply) => {
    const reason = denyReason(request.raw, isNear)
    if (reason !== undefined) return refuse(request, reply, 403, reason)
    if (mayEnter(request, setting)) return
    // Whoever looks at it has a browser on this machine: it is told what to do, and nothing else.
    return refuse(
      request,
      reply,
      403,
      'it has neither the key nor the cookie of this start; open the printed address',
      isVisit(request) ? NO_KEY : ''
    )
  })
  // Last, whatever hooks the app has.
  app.addHook('onSend', async (_request, reply) => { reply.headers(HEADERS) })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    app.getDefaultJsonParser('error', 'error')
  )
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    // What the page's own user typed: inside the walls, it is told.
    if (error instanceof BadPlay) return reply.code(400).send({ error: error.message })
    return refuse(request, reply, error.statusCode ?? 500, error.message)
  })

  const nothing = (request: FastifyRequest, reply: FastifyReply) => refuse(request, reply, 404, 'there is nothing here')
  app.route({ method: app.supportedMethods, url: '/*', handler: nothing })
  app.route({ method: app.supportedMethods.filter(method => method !== 'GET'), url: '', handler: nothing })

  app.get('', { exposeHeadRoute: false }, (_request, reply) =>
    reply.header('set-cookie', session.cookie).type('text/html; charset=utf-8').send(page)
  )

  app.get('/page/*', { exposeHeadRoute: false }, (request, reply) => {
    const asset = assets.get((request.params as { '*': string })['*'])
    return asset === undefined
      ? refuse(request, reply, 404, 'the page has no such file')
      : reply.type(asset.type).send(asset.body)
  })

  app.get('/api/start', { exposeHeadRoute: false }, async () => start)

  app.get('/api/sample', { exposeHeadRoute: false }, async (request): Promise<Sample> => {
    const { key = '', variant = '0', format } = request.query as Record<string, string>
    await servers.ready()
    const message = told(() => messageOf({ key, variant: Number(variant) }, setting)) as Record<string, unknown>
    const { text } = writeMessage(message, format === 'json' ? 'json' : 'xml')
    return {
      key,
      variant: Number(variant),
      variants: samplesOf(key as MessageKey).length,
      message,
      text: text.startsWith('{') ? JSON.stringify(JSON.parse(text), null, 2) : text
    }
  })

  app.post('/api/play', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const asked = told(() => checkPlay(request.body))
    await servers.ready()
    const texts = told(() => writeMessages(asked, setting))
    if (playing.size >= MOST_PLAYS) {
      return await reply.code(429).send({ error: `${MOST_PLAYS} plays are under way: wait for one to end` })
    }
    const stream = new Readable({ read () {} })
    const stop = new AbortController()
    playing.add(stop)
    reply.raw.once('close', () => { stop.abort() })
    const tell = (event: PlayEvent) => {
      if (!stop.signal.aborted) {
        stream.push(`${JSON.stringify(hider.event(event))}\n`)
      }
    }
    play(asked, texts, { ...setting, url: originOf(request.raw.socket) + setting.target, verified }, tell, stop.signal)
      .then(result => { verified = result }, (error: unknown) => {
        request.log.error({ err: loggableError(error) }, 'the playground failed')
        tell({ type: 'failed', text: stripErrorDetails(error).message })
      })
      .finally(() => {
        playing.delete(stop)
        tell({ type: 'end' })
        stream.push(null)
      })
    return reply.type('application/x-ndjson').send(stream)
  })
  serveBots(app, setting)
}

/** The routes that bots need beside: files that are sent to them, and what they post to a response_url. */
function serveBots (app: FastifyInstance, { servers, hider }: Setting): void {
  app.post('/api/file', { bodyLimit: FILE_LIMIT }, async (request, reply): Promise<ServedFile | FastifyReply> => {
    const { name = '', type = '' } = request.query as Record<string, string>
    if (!Buffer.isBuffer(request.body)) throw new BadPlay('the body must be a file')
    await servers.ready()
    const contentType = /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream'
    try {
      return { url: servers.addFile(request.body, name.slice(0, LONGEST_NAME), contentType) }
    } catch (error) {
      if (!(error instanceof FilesFull)) throw error
      return await reply.code(429).send({ error: error.message })
    }
  })

  app.get('/api/posted', { exposeHeadRoute: false }, async (request): Promise<Posted> => {
    const { from = '0' } = request.query as Record<string, string>
    const asked = /^\d{1,9}$/.test(from) ? Number(from) : 0
    // A page that is older than this server counts on from another one's.
    const first = asked > servers.posted(0).length ? 0 : asked
    const posted = servers.posted(first).map(({ url, body, errcode }) => hider.posted({ url, body, errcode }))
    return { posted, next: first + posted.length }
  })
}

/** Characters of a file's name. */
const LONGEST_NAME = 255

/** What the user of the page asked for cannot be sent. */
class BadPlay extends Error {}

function told<T> (work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new BadPlay(stripErrorDetails(error).message)
  }
}

/** The key opens the page alone; everything else wants the cookie that comes with it. */
function mayEnter (request: FastifyRequest, { base, session }: Setting): boolean {
  if (session.holds(request.headers.cookie)) return true
  const { pathname, searchParams } = new URL(request.raw.url ?? '', 'http://localhost')
  return pathname === base && session.opens(searchParams.get('key') ?? undefined)
}

/** What browsers say when somebody opens a page, and not when a page fetches or embeds something. */
function isVisit ({ headers, method }: FastifyRequest): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

const NO_KEY = `WeCom playground: this address needs the key of the server's last start.
Open the address that the server printed when it started; unless you chose its key, every start makes a new one.
To keep the page over restarts, give the playground a key of your own: { key: process.env.PLAYGROUND_KEY }.

企业微信演练场：这个地址需要服务器最近一次启动的密钥。
请打开服务器启动时打印的地址；如果没有自己指定密钥，每次启动都会换一个。
要让页面在重启后继续可用，请自己指定密钥（取自环境变量）：{ key: process.env.PLAYGROUND_KEY }。
`

/** The status, and nothing that a stranger could use; the log says why. */
function refuse (
  request: FastifyRequest,
  reply: FastifyReply,
  statusCode: number,
  reason: string,
  body = ''
): FastifyReply {
  request.log.warn({ reason }, `playground: ${request.method} refused with ${statusCode}: ${reason}`)
  return reply.code(statusCode).type('text/plain; charset=utf-8').send(body)
}
