import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Format } from './messages.js'
import { pinned } from './pin.js'
import type { ServerOptions } from './served.js'
import type { Question } from './server-process.js'

const [PROCESS, CLUSTER] = ['server-process.js', 'cluster-process.js'].map(name => fileURLToPath(new URL(name, import.meta.url)))
/** A server of another checkout: `plugin@base` beside `plugin`. */
const BASE = '@base'

export interface StartOptions extends Partial<Omit<ServerOptions, 'format'>> {
  /** Where another build of this package is, for servers named `…@base`. */
  base?: string | undefined
  /** A process on each of these processors, all on one port. */
  workers?: readonly number[]
}

/** A server that runs in a process of its own, on a core of its own where the system allows. */
export class ServerHandle {
  readonly name: string
  readonly format: Format
  readonly port: number
  readonly #child: ChildProcess

  private constructor (name: string, format: Format, port: number, child: ChildProcess) {
    this.name = name
    this.format = format
    this.port = port
    this.#child = child
  }

  static async start (name: string, format: Format, { base, workers, ...options }: StartOptions = {}): Promise<ServerHandle> {
    const isBase = name.endsWith(BASE)
    if (isBase && base === undefined) throw new Error(`${name} needs --base DIR, the dist of another checkout`)
    const all: ServerOptions = { credentials: 1, short: false, redisPort: 0, ...options, format }
    const args = [isBase ? name.slice(0, -BASE.length) : name, JSON.stringify(all)]
    const [command, ...rest] = workers === undefined
      ? pinned([process.execPath, '--expose-gc', PROCESS!, ...args])
      : [process.execPath, CLUSTER!, JSON.stringify(workers), ...args]
    const child = spawn(command!, rest, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production', ...isBase && { BENCH_DIST: base } }
    })
    return new ServerHandle(name, format, await answer<number>(child), child)
  }

  /** Microseconds of processor time since its start, of all its processes. */
  async usage (): Promise<number> {
    return [await this.ask<number | number[]>('usage')].flat().reduce((sum, each) => sum + each)
  }

  async ask<T> (question: Question): Promise<T> {
    const answered = answer<T>(this.#child)
    this.#child.send(question)
    return await answered
  }

  async stop (): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}

async function answer<T> (child: ChildProcess): Promise<T> {
  return await new Promise((resolve, reject) => {
    const exited = (code: number | null): void => reject(new Error(`a server ended with ${code}`))
    child.once('exit', exited)
    child.once('message', (message: { answer: T }) => {
      child.off('exit', exited)
      resolve(message.answer)
    })
  })
}
