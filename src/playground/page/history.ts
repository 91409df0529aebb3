import type { PlayRecord, State } from './state.js'

const PREFIX = 'fastify-wecom-playground.history'
/** Plays that are kept, in the page as well. */
const MOST_PLAYS = 500
/** Characters: browsers give a page about five million. */
const MOST_TEXT = 4_000_000

let mine = ''
let isLeaving = false

/**
 * What this tab kept of an earlier load of the page. It belongs to one key: with another, what was kept is thrown away.
 */
export function openHistory (state: State): PlayRecord[] {
  const base = `${PREFIX} ${state.base} `
  mine = `${base}${state.start?.session ?? ''} `
  addEventListener('pagehide', () => {
    for (const play of state.plays) if (!play.done) keep(play)
    isLeaving = true
  })
  for (const key of keys(base)) if (!key.startsWith(mine)) remove(key)
  return keys(mine).flatMap(key => {
    try {
      return [read(sessionStorage.getItem(key) ?? '')]
    } catch {
      remove(key)
      return []
    }
  })
}

/**
 * Keeps a play in this tab, in place of the oldest ones where there is no room: what the page shows of it, and nothing
 * else.
 */
export function keep (play: PlayRecord): void {
  if (isLeaving) return
  const key = `${mine}${String(play.id).padStart(9, '0')}`
  const text = JSON.stringify({ ...play, seen: [...play.seen] })
  const older = keys(mine).filter(other => other !== key)
  let size = text.length + older.reduce((sum, other) => sum + length(other), 0)
  while (older.length > 0 && (size > MOST_TEXT || older.length >= MOST_PLAYS)) size -= drop(older)
  for (;;) {
    if (store(key, text)) return
    if (older.length === 0) return
    drop(older)
  }
}

export function forget (): void {
  for (const key of keys(mine)) remove(key)
}

/** The oldest plays go, so that a page that is open for days stays quick. */
export function limitPlays (plays: PlayRecord[]): void {
  if (plays.length > MOST_PLAYS) plays.splice(0, plays.length - MOST_PLAYS)
}

function read (text: string): PlayRecord {
  const { seen, ...play } = JSON.parse(text) as Omit<PlayRecord, 'seen'> & { seen: Array<[number, never]> }
  // The page was left meanwhile: nobody followed it to its end.
  const messages = play.messages.map(message =>
    message.outcome === undefined ? { ...message, outcome: 'stopped' } : message
  )
  return { ...play, messages, seen: new Map(seen), done: true }
}

function drop (older: string[]): number {
  const oldest = older.shift() as string
  const freed = length(oldest)
  remove(oldest)
  return freed
}

// Where storage is blocked, every use of it throws: then nothing is kept.

/** The oldest first. */
function keys (prefix: string): string[] {
  try {
    return Object.keys(sessionStorage).filter(key => key.startsWith(prefix)).sort()
  } catch {
    return []
  }
}

function length (key: string): number {
  return sessionStorage.getItem(key)?.length ?? 0
}

function store (key: string, text: string): boolean {
  try {
    sessionStorage.setItem(key, text)
    return true
  } catch {
    return false
  }
}

function remove (key: string): void {
  try {
    sessionStorage.removeItem(key)
  } catch {}
}
