import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What tests run that npm does not install. */
export interface Program {
  name: string
  /** The command, or its path; `undefined` where there is none. */
  find (): string | undefined
  /** Debian's packages. */
  packages: string[]
  /** macOS. */
  brew: string
  /** What else helps. */
  otherwise?: string
}

export const REDIS: Program = {
  name: 'redis-server 6 or later',
  find: () => ['redis-server', 'valkey-server'].map(onPath).find(Boolean),
  packages: ['redis-server'],
  brew: 'brew install redis'
}

export const CHROMIUM: Program = {
  name: 'Chromium',
  find: () => (process.env.CHROMIUM_PATH === undefined ? browsers() : [process.env.CHROMIUM_PATH]).find(isExecutable),
  packages: ['chromium', 'fonts-noto-cjk'],
  brew: 'brew install --cask chromium',
  otherwise: 'a browser elsewhere: set CHROMIUM_PATH'
}

export const NGINX: Program = {
  name: 'nginx',
  // Debian keeps it where only root looks.
  find: () => onPath('nginx') ?? ['/usr/sbin/nginx'].find(isExecutable),
  packages: ['nginx'],
  brew: 'brew install nginx'
}

export const CADDY: Program = {
  name: 'Caddy',
  find: () => onPath('caddy'),
  packages: ['caddy'],
  brew: 'brew install caddy'
}

function browsers (): string[] {
  const commands = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'].flatMap(name => onPath(name) ?? [])
  return [...commands, ...['Chromium', 'Google Chrome'].map(name => `/Applications/${name}.app/Contents/MacOS/${name}`)]
}

/** Where it is. Installs it where it is missing and this is root on Debian or Ubuntu; throws with what to install where that is not to be. */
export function need (program: Program): string {
  if (program.find() === undefined && mayInstall()) install(program.packages)
  const path = program.find()
  if (path === undefined) throw new Error(whatToInstall([program]))
  return path
}

/** In one line. */
export function whatToInstall (programs: Program[]): string {
  const names = programs.map(({ name }) => name).join(' and ')
  const ways = [
    `Debian, Ubuntu: sudo apt-get install ${programs.flatMap(({ packages }) => packages).join(' ')}`,
    `macOS: ${programs.map(({ brew }) => brew).join(' && ')}`,
    ...programs.flatMap(({ otherwise }) => otherwise ?? [])
  ]
  return `The tests need ${names}: install ${programs.length > 1 ? 'them' : 'it'} (${ways.join('; ')}) and run the tests again.`
}

export function mayInstall (): boolean {
  return process.getuid?.() === 0 && onPath('apt-get') !== undefined
}

function onPath (command: string): string | undefined {
  return (process.env.PATH ?? '').split(delimiter).filter(Boolean).map(directory => join(directory, command)).find(isExecutable)
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function install (packages: string[]): void {
  // RUNLEVEL=1: Redis' package would otherwise start a server of its own. The lock: test files run side by side.
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } } as const
  const aptGet = (...args: string[]): void => { execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], options) }
  for (const prepare of [() => {}, () => { aptGet('update') }]) {
    try {
      prepare()
      aptGet('install', '-y', '--no-install-recommends', ...packages)
      return
    } catch {}
  }
}
