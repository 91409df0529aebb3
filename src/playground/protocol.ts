/** What the page and its server say to each other. Nothing here holds a token or a key. */

export interface KindFamily {
  name: string
  /** What it is called in Chinese. */
  zh: string
  /** In English. */
  en: string
  /** Router key, Chinese title, English title. */
  kinds: Array<[key: string, zh: string, en: string]>
}

/** A button of the app's menu, as WeCom's menu API takes it. */
export interface MenuButton {
  name: string
  /** `click`, `view`, `scancode_push`, …; default: `view` where there is a url, else `click`. */
  type?: string
  key?: string
  url?: string
  sub_button?: MenuButton[]
}

/** Cause and cure by error code. */
export type ErrorTexts = Record<string, { cause: string, cure: string }>

/** GET api/start: what the page shows before anything is sent. */
export interface Start {
  target: string
  /** Names the key of the printed address without telling it: what a page keeps belongs to one key. */
  session: string
  receiveId: string
  /** null: the page's own. */
  menu: MenuButton[] | null
  families: KindFamily[]
  /** The tables of docs/errors.md, in both languages. */
  errors: { en: ErrorTexts, zh: ErrorTexts }
  /** Bytes that a file may have. */
  mostBytes: number
}

/** GET api/sample: a message of a kind, to be edited. */
export interface Sample {
  key: string
  variant: number
  variants: number
  message: Record<string, unknown>
  /** As WeCom writes it. */
  text: string
}

export type Fault =
  | 'duplicate'
  | 'reorder'
  | 'drop-answer'
  | 'slow-network'
  | 'wrong-signature'
  | 'replay'
  | 'slow-handler'
  | 'kill-producer'

/** A sample with some fields changed (null takes one away), or a text that is sent as it stands. */
export type PlayMessage =
  | { key: string, variant?: number, fields?: Record<string, unknown> }
  | { text: string }

/** POST api/play. Without messages the URL is verified. */
export interface Play {
  messages: PlayMessage[]
  format: 'xml' | 'json'
  faults: Fault[]
  retryWith: 'fresh' | 'same'
  /** Milliseconds after which WeCom hangs up; everything else is scaled with it. */
  patience: number
}

/** One HTTP request and what came of it, as WeCom sees it. */
export interface AttemptView {
  purpose: 'verify' | 'message' | 'poll'
  number: number
  fault?: string
  /** Milliseconds since 1970. */
  at: number
  ms: number
  request: {
    method: string
    query: Record<string, string>
    headers: Record<string, string>
    body: string
    plaintext: string
  }
  response?: { status: number, headers: Record<string, string>, body: string }
  reply?: {
    answer: string
    plaintext: string
    message?: Record<string, unknown>
    kind?: string
    text?: string
    problems: Array<{ code: string, text: string }>
  }
  outcome: string
  problems: string[]
  fix?: string
}

/** A line that the app logged while it worked on a request. */
export interface LogLine {
  level: string
  text: string
  /** Of this package's errors. */
  code?: string
  /** JSON. */
  details?: string
  /** What a handler threw, with its causes. */
  error?: string
  /** Of what was thrown, the innermost error that has a code, or else the innermost of all: what needs fixing. */
  thrown?: { code?: string, text: string }
}

/** The same request, as the app sees it. */
export interface Seen {
  id: number
  /** Milliseconds since 1970. */
  arrivedAt: number
  /** What the handler is given. */
  context?: {
    kind: string
    attempt: number
    receiveId: string
    format: string
    envelopeFormat: string
    credentialName: string
    message: unknown
  }
  /** Where this request started the handler. */
  handling?: { startedAt: number, ms?: number, failed?: boolean }
  status?: number
  /** Milliseconds until the response was written, or the connection gone. */
  ms?: number
  hungUp?: boolean
  log: LogLine[]
}

/** GET api/posted: what came to response_urls, from `next` of the answer before on. */
export interface Posted {
  posted: PostedView[]
  next: number
}

/** What was posted to a response_url, taken or not. */
export interface PostedView {
  url: string
  /** undefined where it was no JSON. */
  body?: unknown
  /** 0 where WeCom would show it. */
  errcode: number
}

/** POST api/file: a file is served from here, sealed, as WeCom serves media. */
export interface ServedFile {
  url: string
}

/** A line of the answer to POST api/play. */
export type PlayEvent =
  | { type: 'message', message: number, kind: string, plaintext: string, content: Record<string, unknown> }
  | { type: 'attempt', message: number | null, attempt: AttemptView, seen: number | null }
  | { type: 'seen', seen: Seen }
  | { type: 'outcome', message: number, outcome: string, problems: string[] }
  /** A file of the page that the message brought, once nothing more is waited for. */
  | { type: 'file', message: number, opened: boolean }
  | { type: 'failed', text: string }
  | { type: 'end' }
