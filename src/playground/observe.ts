import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { setConditions } from '../core/conditions.js'
import { holdUp } from '../fastify/held-up.js'
import type { WecomContext } from '../index.js'
import type { Hider } from './hide.js'
import { tapLog } from './log-tap.js'
import { mortalStore } from './mortal-store.js'
import type { Seen } from './protocol.js'

/** Sent with every request of the playground, so that the app's other requests are left alone. */
export const PLAY_HEADER = 'x-fastify-wecom-playground'

/** Of the log, for one request. */
const MOST_LINES = 100

/** What watches the requests of one play. */
export interface Watch {
  /** Milliseconds for which handlers are held up. */
  holdUp: number
  /** What plays WeCom's other servers, which the message may be answered by and have media of. */
  origins: readonly string[]
  /** Where the producer of its stream is to be killed: when, and the milliseconds after which that is noticed. */
  readonly death: { readonly signal: AbortSignal, readonly lease: number } | undefined
  /** Called with every request, again whenever something is known of it. */
  note (seen: Seen, signature: string): void
}

/** Watches what the app makes of requests: by hooks around the callback's route, never in its way. */
export function observe (app: FastifyInstance, hider: Hider): Map<string, Watch> {
  const watches = new Map<string, Watch>()
  const watched = new WeakMap<FastifyRequest, Watched>()
  let count = 0

  app.addHook('onRequest', (request, reply, done) => {
    const watch = watches.get(String(request.headers[PLAY_HEADER]))
    if (watch === undefined) { done(); return }
    const { msg_signature: signature = '' } = request.query as Record<string, string>
    const seen: Seen = { id: ++count, arrivedAt: Date.now(), log: [] }
    const note = () => { watch.note(seen, signature) }
    watched.set(request, { seen, note, watch })
    request.log = reply.log = tapLog(request.log, hider, line => {
      if (seen.log.length === MOST_LINES) return
      seen.log.push(line)
      note()
    })
    reply.raw.once('close', () => {
      const hungUp = !reply.raw.writableFinished
      Object.assign(seen, {
        ms: Date.now() - seen.arrivedAt,
        ...(hungUp ? { hungUp } : { status: reply.raw.statusCode })
      })
      note()
    })
    note()
    done()
  })

  app.addHook('preHandler', (request, _reply, done) => {
    const found = watched.get(request)
    if (found === undefined) { done(); return }
    if (found.watch.holdUp > 0) holdUp(request, found.watch.holdUp)
    const context = contextOf(request)
    if (context !== undefined) {
      const { origins, death } = found.watch
      setConditions(context.message, {
        origins: new Set(origins),
        storeOf: death === undefined ? undefined : store => mortalStore(store, death.signal, death.lease)
      })
      found.seen.context = copyOf(context)
    }
    found.note()
    current.run(found, done)
  })

  watchHandlers(app)
  return watches
}

interface Watched {
  seen: Seen
  note: () => void
  watch: Watch
}

/** The request whose handler is running. */
const current = new AsyncLocalStorage<Watched>()

/**
 * The channels tell when a run starts and ends, whatever attempt waits for it meanwhile; the async context tells which
 * request it was.
 */
function watchHandlers (app: FastifyInstance): void {
  const running = new WeakMap<object, Watched>()
  const onStart = (message: unknown) => {
    const found = current.getStore()
    if (found === undefined) return
    running.set(message as object, found)
    found.seen.handling = { startedAt: Date.now() }
    found.note()
  }
  const onEnd = (message: unknown) => {
    const found = running.get(message as object)
    if (found?.seen.handling === undefined) return
    Object.assign(found.seen.handling, {
      ms: Date.now() - found.seen.handling.startedAt,
      failed: 'error' in (message as object)
    })
    found.note()
  }
  subscribe('tracing:fastify-wecom.handle:start', onStart)
  subscribe('tracing:fastify-wecom.handle:asyncEnd', onEnd)
  app.addHook('onClose', async () => {
    unsubscribe('tracing:fastify-wecom.handle:start', onStart)
    unsubscribe('tracing:fastify-wecom.handle:asyncEnd', onEnd)
  })
}

function contextOf (request: FastifyRequest): WecomContext | undefined {
  try {
    return (request as FastifyRequest & { wecom: WecomContext | undefined }).wecom
  } catch {
    // Not the callback's route: the target is another one.
    return undefined
  }
}

/** What the handler is about to get. */
function copyOf ({
  kind, attempt, receiveId, format, envelopeFormat, credentialName, message
}: WecomContext): NonNullable<Seen['context']> {
  return { kind, attempt, receiveId, format, envelopeFormat, credentialName, message: structuredClone(message) }
}
