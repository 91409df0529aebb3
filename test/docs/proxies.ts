import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CADDY, need, NGINX } from '../support/programs.js'
import { freePort } from '../support/redis.js'

/** A proxy of the page, running. */
export interface Proxy {
  port: number
  stop (): Promise<void>
}

/** Runs a server block of the page as it stands, but for the addresses of the app and the lines of TLS. */
export async function startNginx (block: string, apps: Record<string, number>): Promise<Proxy> {
  return await start(need(NGINX), (directory, port) => {
    const server = replaceEach(block, [
      ...Object.entries(apps).map(([address, appPort]) => [`server ${address}`, `server 127.0.0.1:${appPort}`] as const),
      ['listen 443 ssl;', `listen 127.0.0.1:${port};`],
      [/^ *ssl_certificate(_key)? .*$/gm, '']
    ])
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${directory}/${name};`)
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    const file = join(directory, 'nginx.conf')
    writeFileSync(file, `daemon off; worker_processes 1; pid ${directory}/pid; error_log stderr; ${user}
events {}
http {
access_log off; ${temporary.join(' ')}
${server}}
`)
    return ['-p', directory, '-e', 'stderr', '-c', file]
  })
}

/** The same: the site gets an address on loopback instead of its name. */
export async function startCaddy (block: string, appPort: number): Promise<Proxy> {
  return await start(need(CADDY), (directory, port) => {
    const site = replaceEach(block, [
      [/^bot\.example\.com \{$/m, `http://127.0.0.1:${port} {`],
      ['reverse_proxy 127.0.0.1:3000', `reverse_proxy 127.0.0.1:${appPort}`]
    ])
    const file = join(directory, 'Caddyfile')
    writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n}\n${site}`)
    return ['run', '--config', file, '--adapter', 'caddyfile']
  })
}

/** Whatever is not there is not tested: each replacement must find what it replaces. */
function replaceEach (text: string, replacements: ReadonlyArray<readonly [string | RegExp, string]>): string {
  return replacements.reduce((changed, [from, to]) => {
    if (changed.search(typeof from === 'string' ? from.replace(/[.?*+()[\]{}]/g, '\\$&') : from) < 0) throw new Error(`the page has no ${String(from)}`)
    return changed.replace(from, to)
  }, text)
}

async function start (command: string, configure: (directory: string, port: number) => string[]): Promise<Proxy> {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-proxy-'))
  const port = await freePort()
  const env = { ...process.env, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory }
  const child = spawn(command, configure(directory, port), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  let log = ''
  child.stderr.on('data', piece => { log += String(piece) })
  while (!await accepts(port)) {
    if (child.exitCode !== null) throw new Error(`${command} does not start:\n${log}`)
    await setTimeout(20)
  }
  return {
    port,
    async stop () {
      child.kill('SIGTERM')
      await exited
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

async function accepts (port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
    socket.on('error', () => { resolve(false) })
  })
}
