import type { AttemptView, Fault, PostedView, Sample, Seen, Start } from '../protocol.js'
import { preferredLanguage, type Language } from './i18n.js'

/** Who the text of the composer goes to. */
export type Persona = 'app' | 'aibot' | 'groupbot'

/** WeCom's numbers: accurate, inaccurate. */
export type Rating = 1 | 2

/** One message, from the composer to WeCom's verdict. */
export interface MessageRecord {
  kind: string
  plaintext: string
  content: Record<string, unknown>
  /** `undefined` while it is under way. */
  outcome?: string
  problems: string[]
  /** What it is called where its fields do not tell: the name of a file. */
  label?: string | undefined
  /** Whether the app has opened its file; `undefined` where there is none of this page. */
  opened?: boolean
  /** What came to its response_url. */
  posted?: PostedView[]
  /** How its answer was rated, where it was. */
  rated?: Rating | undefined
}

export interface AttemptRecord {
  attempt: AttemptView
  /** Of the play's messages; null for URL verification. */
  message: number | null
  seen: number | null
}

/** One press of a button, and what came of it so far. */
export interface PlayRecord {
  id: number
  /** Milliseconds since 1970. */
  at: number
  /** Milliseconds for which WeCom waited. */
  patience: number
  messages: MessageRecord[]
  labels?: readonly string[]
  attempts: AttemptRecord[]
  seen: Map<number, Seen>
  done: boolean
  failed?: string
}

/** A message of the conversation. */
export interface Selection {
  play: number
  message: number
}

export interface PickerState {
  open: boolean
  query: string
  sample?: Sample
  /** Changed fields by dotted path; null takes one away. */
  edits: Map<string, unknown>
  /** The whole message as text, where that is edited instead. */
  raw?: string
  error?: string
}

export interface State {
  language: Language
  base: string
  start?: Start
  fatal?: string
  tab: 'chat' | 'inspector'
  persona: Persona
  draft: string
  settings: { format: 'xml' | 'json', faults: Set<Fault>, retryWith: 'fresh' | 'same', patience: number }
  plays: PlayRecord[]
  /** Whose request the inspector shows; `undefined`: the newest. */
  selected: Selection | undefined
  /** Requests that were unfolded or folded by hand. */
  unfolded: WeakMap<AttemptRecord, boolean>
  /** How many messages of the conversation are in the page, from the newest. */
  exchanges: number
  /** Where the inspector's sheet begins, counted from the newest. */
  sheet: number
  menu: number | undefined
  /** Files are held over the conversation. */
  dropping: boolean
  picker: PickerState
  /** What is to be read out. */
  status: string
}

export const state: State = {
  language: preferredLanguage(),
  base: '',
  tab: 'chat',
  persona: 'app',
  draft: '',
  settings: { format: 'xml', faults: new Set(), retryWith: 'fresh', patience: 5000 },
  plays: [],
  selected: undefined,
  unfolded: new WeakMap(),
  exchanges: 40,
  sheet: 0,
  menu: undefined,
  dropping: false,
  picker: { open: false, query: '', edits: new Map() },
  status: ''
}

let paint = () => {}
let waiting = false
const painted: Array<() => void> = []

export function onChange (listener: () => void): void {
  paint = listener
}

/** Milliseconds for which a short notice stays. */
const NOTICE = 4000

/** Says something in passing, also to screen readers. */
export function notify (notice: string): void {
  update(state => { state.status = notice })
  setTimeout(() => { update(state => { if (state.status === notice) state.status = '' }) }, NOTICE)
}

/** Changes the state and paints the page anew, once for all changes of a moment; then does what needs the new page. */
export function update (change: (state: State) => void, afterwards?: () => void): void {
  change(state)
  if (afterwards !== undefined) painted.push(afterwards)
  if (waiting) return
  waiting = true
  queueMicrotask(() => {
    waiting = false
    paint()
    for (const work of painted.splice(0)) work()
  })
}
