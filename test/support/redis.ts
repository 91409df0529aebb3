import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis, type RedisOptions } from 'ioredis'
import { need, REDIS } from './programs.js'

/** A redis-server of the test's own: on loopback, in a directory of its own, with nothing in it. */
export interface RedisServer {
  readonly port: number
  /** Where it keeps its files. */
  readonly directory: string
  /** A client with an error listener, disconnected when the server is stopped for good. */
  connect (options?: RedisOptions): Redis
  /** Ends it as a crash would. What it had in memory is gone, unless it was started with `--appendonly yes`. */
  kill (): Promise<void>
  /** Starts it again, on the same port and directory, unless it runs. */
  start (): Promise<void>
  /** It hangs: connections stay, nothing is answered. */
  pause (): void
  resume (): void
  /** How often it was asked each command since it started, by lower-case name. */
  calls (): Promise<Record<string, number>>
  /** For good: disconnects the clients, ends it, removes its directory. */
  stop (): Promise<void>
}

/** Starts a redis-server with these arguments. */
export async function startRedis (...args: string[]): Promise<RedisServer> {
  const executable = need(REDIS)
  const directory = mkdtempSync(join(tmpdir(), `fastify-wecom-redis-${process.pid}-`))
  directories.add(directory)
  const clients: Redis[] = []
  let child: ChildProcess
  let port = 0

  async function launch (): Promise<boolean> {
    const started = child = spawn(executable, ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    running.add(started)
    started.once('exit', () => running.delete(started))
    const lines = createInterface({ input: started.stdout })
    const log: string[] = []
    for await (const line of lines) {
      log.push(line)
      if (line.includes('Ready to accept connections')) {
        started.stdout.resume()
        return true
      }
    }
    if (log.some(line => line.includes('Address already in use'))) return false
    throw new Error(`redis-server does not start:\n${log.join('\n')}`)
  }

  const runs = (): boolean => child.exitCode === null && child.signalCode === null

  async function kill (): Promise<void> {
    if (!runs()) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  // Another process may take the free port before the server does.
  do { port = await freePort() } while (!await launch())

  return {
    port,
    directory,
    connect (options) {
      // The reply mapping is part of a client's type; here any will do.
      const client = new Redis({ host: '127.0.0.1', port, ...options } as RedisOptions & { replyMapping?: 'legacy' })
      client.on('error', () => {})
      clients.push(client)
      return client
    },
    kill,
    async start () { if (!runs() && !await launch()) throw new Error(`port ${port} has been taken by another process`) },
    pause () { child.kill('SIGSTOP') },
    resume () { child.kill('SIGCONT') },
    async calls () {
      const client = new Redis({ host: '127.0.0.1', port })
      const info = await client.info('commandstats')
      client.disconnect()
      return Object.fromEntries([...info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name, count]) => [name, Number(count)]))
    },
    async stop () {
      for (const client of clients) client.disconnect()
      await kill()
      rmSync(directory, { recursive: true, force: true })
      directories.delete(directory)
    }
  }
}

/** What this process has started and not ended. */
const running = new Set<ChildProcess>()
const directories = new Set<string>()
function cleanUp (): void {
  for (const child of running) child.kill('SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
}
// Where a hook fails, nobody calls stop(), and the runner ends its workers by a signal.
process.once('exit', cleanUp)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    cleanUp()
    process.kill(process.pid, signal)
  })
}

export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
