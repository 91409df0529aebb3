import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { mediaOf, type AnyAibotMessage } from '../bot/media-of.js'
import { isObject } from '../message/object.js'
import { parseMessage } from '../message/parse.js'
import { writeMessage } from '../testing/message-text.js'
import { sample, sampleKeys } from '../testing/samples.js'
import {
  SIMULATED_FAULTS,
  simulateWecom,
  type SimulatedAttempt,
  type SimulatedFault
} from '../testing/simulator/index.js'
import type { TestCredentials } from '../testing/credentials.js'
import type { LoopbackServers } from './loopback-servers.js'
import { PLAY_HEADER, type Watch } from './observe.js'
import type { AttemptView, Fault, Play, PlayEvent, PlayMessage, Seen } from './protocol.js'

/** WeCom's own. */
const TIMEOUT = 5_000
/** Of WeCom's patience: the second attempt collects the answer. */
const SLOW_HANDLER = 1.4
/** Milliseconds for which handlers that run on after WeCom gave up are watched. */
const AFTERMATH = 30_000

/** Polls after which a producer is killed, where that is asked for. */
const KILLED_AFTER = 2
/** Milliseconds from then until `redisStreams()` takes it for dead, by its defaults. */
const LEASE = 5_000 * 4 / 3

/** Where and as whom to play. */
export interface Stage {
  url: string
  credentials: TestCredentials
  watches: Map<string, Watch>
  servers: LoopbackServers
  /** Whether the URL was verified before. */
  verified: boolean
}

/**
 * Plays WeCom: sends what was asked for over a socket, and tells what happens as it happens. Returns whether the URL is
 * verified.
 */
export async function play (
  asked: Play,
  written: string[],
  stage: Stage,
  tell: (event: PlayEvent) => void,
  signal: AbortSignal
): Promise<boolean> {
  const id = randomBytes(16).toString('hex')
  const timeScale = asked.patience / TIMEOUT
  const matcher = createMatcher()
  const running = new Set<Seen>()
  const unsaid = batch<Seen>(seen => { tell({ type: 'seen', seen }) })
  let message: number | null = null
  const files = new Map<number, string>()
  const kills = asked.faults.includes('kill-producer')
  let killer = new AbortController()
  stage.watches.set(id, {
    origins: stage.servers.origins,
    get death () {
      return kills ? { signal: killer.signal, lease: LEASE * timeScale } : undefined
    },
    holdUp: asked.faults.includes('slow-handler') ? Math.round(SLOW_HANDLER * asked.patience) : 0,
    note (seen, signature) {
      matcher.arrived(seen.id, signature)
      if (seen.handling !== undefined) running[seen.handling.ms === undefined ? 'add' : 'delete'](seen)
      unsaid.add(seen)
    }
  })
  const simulator = simulateWecom({
    url: stage.url,
    credentials: stage.credentials,
    format: asked.format,
    headers: { [PLAY_HEADER]: id },
    verify: !stage.verified,
    retryWith: asked.retryWith,
    timeScale,
    signal,
    onAttempt: attempt => {
      const { request: { query } } = attempt
      unsaid.flush()
      if (attempt.purpose === 'poll' && attempt.number >= KILLED_AFTER) killer.abort()
      tell({
        type: 'attempt',
        message: attempt.purpose === 'verify' ? null : message,
        attempt: viewOf(attempt),
        seen: matcher.ended(query.msg_signature ?? '')
      })
    }
  })
  try {
    if (written.length === 0) await simulator.verify()
    const texts = asked.faults.includes('reorder') ? written.toReversed() : written
    for (const [index, text] of texts.entries()) {
      if (signal.aborted) break
      message = index
      killer = new AbortController()
      const { kind, message: content } = parseMessage(text)
      const file = mediaOf(content as unknown as AnyAibotMessage)
        .find(({ url }) => stage.servers.wasOpened(url) !== undefined)
      if (file !== undefined) files.set(index, file.url)
      tell({ type: 'message', message, kind: kind.key, plaintext: text, content: content as Record<string, unknown> })
      const { outcome, problems } = await simulator.deliver(text, { faults: asked.faults.filter(isSimulated) })
      tell({ type: 'outcome', message, outcome, problems })
    }
    for (let waited = 0; running.size > 0 && waited < AFTERMATH && !signal.aborted; waited += 50) await wait(50)
    for (const [index, url] of files) {
      tell({ type: 'file', message: index, opened: stage.servers.wasOpened(url) === true })
    }
    // The last request's end is noted when its socket says so.
    await wait(20)
  } finally {
    stage.watches.delete(id)
    unsaid.flush()
  }
  return stage.verified || simulator.transcript.verification?.outcome === 'accepted'
}

/** Milliseconds between two accounts of the same request. */
const PACE = 30

/** A handler may log a thousand lines: what is told of a request is told once for all that happened in a moment. */
function batch<T> (say: (item: T) => void) {
  const items = new Set<T>()
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    for (const item of items) say(item)
    items.clear()
  }
  return {
    add (item: T) {
      items.add(item)
      timer ??= setTimeout(flush, PACE)
    },
    flush
  }
}

function isSimulated (fault: Fault): fault is Fault & SimulatedFault {
  return fault !== 'reorder' && (SIMULATED_FAULTS as readonly string[]).includes(fault)
}

/**
 * Attempts and requests tell of the same thing from both ends: the signature joins them, in order where one is sent
 * twice.
 */
function createMatcher () {
  const arrived = new Map<string, number[]>()
  const ended = new Map<string, number>()
  return {
    arrived (id: number, signature: string) {
      const ids = arrived.get(signature) ?? []
      if (!ids.includes(id)) arrived.set(signature, [...ids, id])
    },
    ended (signature: string): number | null {
      const index = ended.get(signature) ?? 0
      ended.set(signature, index + 1)
      return arrived.get(signature)?.[index] ?? null
    }
  }
}

/** The messages to send, as text. Throws where one is none. */
export function writeMessages ({ messages, format }: Play, stage: Pick<Stage, 'credentials' | 'servers'>): string[] {
  return messages.map(entry => writeMessage(messageOf(entry, stage), format).text)
}

/**
 * The message to send: addressed to the receiveId of the credentials, with an id, a time and a response_url of its own.
 */
export function messageOf (
  entry: PlayMessage,
  { credentials: { receiveId }, servers }: Pick<Stage, 'credentials' | 'servers'>
): object | string {
  if ('text' in entry) return entry.text
  const known = sampleKeys.find(key => key === entry.key)
  if (known === undefined) throw new TypeError(`there is no kind ${JSON.stringify(entry.key)}`)
  const message = sample(known, removing(entry.fields ?? {}), entry.variant)
  if ('response_url' in message && entry.fields?.response_url === undefined) {
    const { chattype } = message as { chattype?: unknown }
    return { ...message, response_url: servers.responseUrl(chattype === 'group' ? 'group' : 'single') }
  }
  return 'ToUserName' in message && entry.fields?.ToUserName === undefined
    ? { ...message, ToUserName: receiveId }
    : message
}

/** JSON has no undefined: null says that a field is taken away. */
function removing (fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value === null ? undefined : isObject(value) ? removing(value) : value
    ])
  )
}

/** Without what the page does not show: the answer stands in `response` already. */
function viewOf ({ reply, ...attempt }: SimulatedAttempt): AttemptView {
  if (reply === undefined) return attempt as AttemptView
  const { answer, plaintext, message, kind, text, problems } = reply
  return { ...attempt, reply: { answer, plaintext, message, kind, text, problems } } as unknown as AttemptView
}
