import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RedisServerOptions {
  /** Writes every change to a file, and reads it at the start. Default false: a restart forgets everything. */
  appendonly?: boolean
  /** Default `everysec`. */
  appendfsync?: 'always' | 'everysec' | 'no'
  /** A cluster of this one node, which still has to be given its slots. Default false. */
  cluster?: boolean
}

/** A Redis of this test alone, on a loopback port, in a directory of its own. */
export interface RedisServer {
  readonly port: number
  readonly directory: string
  readonly pid: number
  /** SIGKILL: it has no time to write anything. */
  kill (): Promise<void>
  /** Starts it again after `kill`, on the same port and files. */
  start (): Promise<void>
  signal (signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Ends it and removes its files. */
  stop (): Promise<void>
}

/** Starts a real redis-server, installing it where that is possible. */
export async function startRedis ({ appendonly = false, appendfsync = 'everysec', cluster = false }: RedisServerOptions = {}): Promise<RedisServer> {
  ensureInstalled()
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-redis-'))
  const port = await freePort()
  // Not compressed, so that a search of the files sees what there is.
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--daemonize', 'no', '--rdbcompression', 'no',
    '--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', appendfsync, ...(cluster ? ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1'] : [])]
  let child: ChildProcess | undefined
  const killNow = (): void => {
    child?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
  process.once('exit', killNow)

  const server: RedisServer = {
    port,
    directory,
    get pid () { return child?.pid ?? 0 },
    async start () { child = await spawnRedis(args) },
    async kill () {
      const dying = child
      child = undefined
      if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return
      const exited = once(dying, 'exit')
      dying.kill('SIGKILL')
      await exited
    },
    signal: signal => { child?.kill(signal) },
    async stop () {
      await server.kill()
      process.off('exit', killNow)
      rmSync(directory, { recursive: true, force: true })
    }
  }
  await server.start()
  return server
}

async function spawnRedis (args: string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      output += chunk.toString()
      if (output.includes('Ready to accept connections')) resolve()
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
    child.once('error', reject)
    child.once('exit', code => { reject(new Error(`redis-server ended with ${code}:\n${output}`)) })
  })
  return child
}

function ensureInstalled (): void {
  if (installed()) return
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const install = () => spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', 'redis-server'], { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    if (install().status !== 0) {
      spawnSync('apt-get', ['update'], { stdio: 'ignore' })
      install()
    }
    if (installed()) return
  }
  throw new Error('These tests need redis-server and could not install it: run `apt-get install -y redis-server` as root, or put redis-server on the PATH.')
}

function installed (): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
}

async function freePort (): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
