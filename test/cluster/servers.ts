import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A server process of the cluster that can be killed and started again. */
export interface ClusterServer {
  /** Its present process, as it names itself. */
  readonly boot: string
  /** Undefined while it is down. */
  readonly url: string | undefined
  /** Ends it as a crash would. */
  kill (): Promise<void>
  start (): Promise<void>
  /** Ends it in order. */
  stop (): Promise<void>
}

/** Names of the processes that were killed, over all servers. */
export const killed = new Set<string>()

let boots = 0

export async function startServer (env: Record<string, string>, script = 'server-process.mjs'): Promise<ClusterServer> {
  let child: ChildProcess
  let boot: string
  let url: string | undefined

  async function start (): Promise<void> {
    boot = `boot${++boots}`
    child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { env: { ...process.env, ...env, BOOT: boot }, stdio: ['ignore', 'pipe', 'pipe'] })
    const name = boot
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', line => {
      // Of its log, that a message may be handled twice: the store was too slow for it, or it stood still.
      if (!line.startsWith('{') || /another process (has taken over|may handle)/.test(line)) console.error(name, line)
    })
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line') as [string]
    url = `http://127.0.0.1:${/^port (\d+)$/.exec(line)?.[1] ?? ''}/cb`
  }

  async function end (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    url = undefined
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  await start()
  return {
    get boot () { return boot },
    get url () { return url },
    async kill () {
      killed.add(boot)
      await end('SIGKILL')
    },
    start,
    stop: async () => { await end('SIGTERM') }
  }
}
