import type { Play, PlayEvent, Sample, Start } from '../protocol.js'
import { keep, limitPlays } from './history.js'
import { text } from './i18n.js'
import { watchPosted } from './posted.js'
import { state, update, type PlayRecord } from './state.js'

export async function loadStart (): Promise<void> {
  const response = await fetch(`${state.base}/api/start`)
  if (!response.ok) throw new Error(String(response.status))
  const start = await response.json() as Start
  update(state => { state.start = start })
}

export async function loadSample (key: string, variant: number): Promise<Sample> {
  const query = new URLSearchParams({ key, variant: String(variant), format: state.settings.format })
  const response = await fetch(`${state.base}/api/sample?${query.toString()}`)
  if (!response.ok) throw new Error(String(response.status))
  return await response.json() as Sample
}

/** Sends messages and follows what comes of them; says what was wrong where nothing was sent. */
export async function startPlay (
  messages: Play['messages'],
  /** What messages are called that their own fields do not tell of. */
  labels: readonly string[] = []
): Promise<string | undefined> {
  const { format, faults, retryWith, patience } = state.settings
  const asked: Play = { messages, format, faults: [...faults], retryWith, patience }
  const at = Date.now()
  let response: Response
  try {
    response = await fetch(`${state.base}/api/play`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked)
    })
  } catch {
    return text(state.language, 'unreachable')
  }
  // Another start has another key.
  if (response.status === 403) update(state => { state.fatal = '403' })
  if (!response.ok) {
    return await response.json().then(
      ({ error }: { error: string }) => error,
      () => `HTTP ${response.status}`
    )
  }
  const record: PlayRecord = {
    id: (state.plays.at(-1)?.id ?? 0) + 1,
    at,
    patience,
    messages: [],
    labels,
    attempts: [],
    seen: new Map(),
    done: false
  }
  update(state => {
    state.plays.push(record)
    limitPlays(state.plays)
    state.selected = undefined
    state.sheet = 0
  })
  follow(record, response).catch((error: unknown) => { record.failed = String(error) }).finally(() => {
    update(() => { record.done = true })
    // Not where it was cleared away meanwhile.
    if (state.plays.includes(record)) keep(record)
  })
  return undefined
}

async function follow (record: PlayRecord, response: Response): Promise<void> {
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    update(() => { for (const line of lines) take(record, JSON.parse(line) as PlayEvent) })
  }
}

function take (record: PlayRecord, event: PlayEvent): void {
  if (event.type === 'message') {
    record.messages[event.message] = {
      kind: event.kind,
      plaintext: event.plaintext,
      content: event.content,
      label: record.labels?.[event.message],
      problems: []
    }
    watchPosted()
  }
  if (event.type === 'file') Object.assign(record.messages[event.message] ?? {}, { opened: event.opened })
  if (event.type === 'attempt') record.attempts.push(event)
  if (event.type === 'seen') record.seen.set(event.seen.id, event.seen)
  if (event.type === 'outcome') {
    Object.assign(record.messages[event.message] ?? {}, { outcome: event.outcome, problems: event.problems })
  }
  if (event.type === 'failed') record.failed = event.text
  if (event.type === 'end') record.done = true
}
