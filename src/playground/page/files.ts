import type { ServedFile } from '../protocol.js'
import { startPlay } from './api.js'
import { text, type Language } from './i18n.js'
import { notify, state } from './state.js'

/** Sends files to the bot, one message each, as pictures, videos or files: by the type that the browser tells. */
export async function sendFiles (files: Iterable<File>): Promise<void> {
  for (const file of files) {
    const problem = await sendFile(file)
    if (problem !== undefined) notify(text(state.language, 'notSent', { problem }))
  }
}

async function sendFile (file: File): Promise<string | undefined> {
  const most = state.start?.mostBytes ?? 0
  if (file.size > most) return text(state.language, 'fileTooLarge', { size: sizeOf(most) })
  const served = await serve(file, state.language)
  if (typeof served === 'string') return served
  const kind = /^(image|video)\//.exec(file.type)?.[1] ?? 'file'
  const message = { key: `aibot.${kind}`, fields: { [kind]: { url: served.url } } }
  return await startPlay([message], [`${file.name} · ${sizeOf(file.size)}`])
}

async function serve (file: File, language: Language): Promise<ServedFile | string> {
  const query = new URLSearchParams({ name: file.name, type: file.type })
  try {
    const response = await fetch(`${state.base}/api/file?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file
    })
    if (response.ok) return await response.json() as ServedFile
    return await response.json().then(({ error }: { error: string }) => error, () => `HTTP ${response.status}`)
  } catch {
    return text(language, 'unreachable')
  }
}

function sizeOf (bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
