import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { wecomSettings } from './mistakes.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Ran {
  code: number | null
  out: string
  err: string
  ms: number
}

export interface RunOptions {
  env?: Record<string, string>
  /** Written to standard input, which is then closed; without it the pipe stays open. */
  input?: string
  cwd?: string
}

/** Variables that say what `wecomSettings` says. */
export const settingsEnv = { WECOM_TOKEN: wecomSettings.token, WECOM_ENCODING_AES_KEY: wecomSettings.encodingAESKey, WECOM_RECEIVE_ID: wecomSettings.receiveId }

/** Runs the built command line as a child process, in a directory without .env. */
export async function runCli (args: string[], { env = {}, input, cwd = tmpdir() }: RunOptions = {}): Promise<Ran> {
  const started = performance.now()
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' })
  const out: string[] = []
  const err: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  if (input !== undefined) child.stdin.end(input)
  const code = await new Promise<number | null>(resolve => { child.on('close', resolve) })
  child.stdin.destroy()
  return { code, out: out.join(''), err: err.join(''), ms: performance.now() - started }
}
