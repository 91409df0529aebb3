import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { ENCRYPTION_KEY } from './support.js'

export interface WorkerProcessOptions {
  port: number
  /** A directory for effects, see worker-process.mjs. */
  effects?: string
  /** The contact whose handler never ends. */
  hang?: string
  /** How long a handler with effects takes. */
  handlerMs?: number
  closeGrace?: number
}

export interface WorkerProcess {
  /** What it printed. */
  lines: Array<Record<string, unknown>>
  /** Resolves with the exit code, null after a signal. */
  exited: Promise<number | null>
  signal (signal: 'SIGKILL' | 'SIGTERM'): void
}

/** Starts a worker in a process of its own, which ends with the test at the latest. */
export async function spawnWorker (options: WorkerProcessOptions): Promise<WorkerProcess> {
  let killNow = (): void => {}
  onTestFinished(() => { killNow() })
  const child = spawn(process.execPath, [fileURLToPath(new URL('worker-process.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, INBOX_WORKER: JSON.stringify({ ...options, encryptionKey: ENCRYPTION_KEY.toString('hex') }) }
  })
  killNow = () => { child.kill('SIGKILL') }
  process.once('exit', killNow)
  const lines: WorkerProcess['lines'] = []
  const reader = createInterface(child.stdout)
  reader.on('line', line => { lines.push(JSON.parse(line) as Record<string, unknown>) })
  const exited = once(child, 'exit').then(([code]) => {
    process.off('exit', killNow)
    return code as number | null
  })
  await Promise.race([once(reader, 'line'), exited.then(code => { throw new Error(`the worker process ended with ${code}: run \`npm run build\` first?`) })])
  return { lines, exited, signal: signal => { child.kill(signal) } }
}
