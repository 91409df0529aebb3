import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { UsageError } from '../../src/cli/arguments.js'
import type { Command } from '../../src/cli/command.js'
import { decrypt } from '../../src/cli/decrypt/index.js'
import { doctor } from '../../src/cli/doctor/index.js'
import { keys } from '../../src/cli/keys.js'
import { simulate } from '../../src/cli/simulate/index.js'
import { createTerminal } from '../../src/cli/terminal.js'
import { readOptions } from '../bench/options.js'
import { root } from '../support/compile.js'
import { DECLARED } from './declared.js'

interface Manifest {
  name: string
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Manifest
const PACKAGES = [manifest.name, ...[manifest.dependencies, manifest.devDependencies, manifest.peerDependencies].flatMap(names => Object.keys(names ?? {})), ...DECLARED.keys()]
/** What npm does without a script. */
const NPM = ['ci', 'install', 'pack', 'publish', 'version']
const COMMANDS: Record<string, Command> = { doctor, simulate, decrypt, keys }
/** Programs of the system, whose options are theirs. */
const PROGRAMS = ['cd', 'curl', 'docker', 'export', 'git', 'node', 'openssl', 'redis-cli']

/** What is wrong with a block of shell commands. */
export async function checkShell (code: string): Promise<string[]> {
  const complaints: string[] = []
  try {
    execFileSync('bash', ['-n'], { input: filled(code), stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    complaints.push(String((error as { stderr: Buffer }).stderr))
  }
  for (const words of commandsOf(code)) {
    const complaint = await checkCommand(words)
    if (complaint !== undefined) complaints.push(`${words.join(' ')}: ${complaint}`)
  }
  return complaints
}

/** The words of each command, without variables before it. */
export function commandsOf (code: string): string[][] {
  const commands: string[][] = [[]]
  const tokens = filled(code).replaceAll('\\\n', ' ').matchAll(/(?<=^|\s)#.*|(\n|&&|\|\|?|;)|((?:"[^"]*"|'[^']*'|[^\s"'|;&#]|(?<=\S)[#&])+)/gm)
  for (const [, operator, word] of tokens) {
    if (operator !== undefined) commands.push([])
    else if (word !== undefined) commands.at(-1)?.push(word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'))
  }
  return commands
    .map(words => words.slice(words.findIndex(word => !/^\w+=/.test(word)) >>> 0))
    .filter(words => words.length > 0)
}

/** What readers put in, such as `<url>`, as if they had. */
function filled (code: string): string {
  return code.replace(/<([a-z][a-z -]*)>(?!['"])/gi, (_, what: string) => what.endsWith('url') ? 'http://127.0.0.1/wecom' : what.replaceAll(' ', '-'))
}

async function checkCommand ([program = '', ...args]: string[]): Promise<string | undefined> {
  if (program === 'npm') return checkNpm(args)
  if (program === 'npx' && args[0] === manifest.name) return await checkCli(args.slice(1))
  if (program === 'npx') {
    if (!existsSync(`${root}/node_modules/.bin/${args[0]}`)) return 'no dependency has this command'
    return args.filter(word => /^(test|src|docs)\//.test(word) && !existsSync(`${root}/${word}`)).map(word => `there is no ${word}`)[0]
  }
  return PROGRAMS.includes(program) ? undefined : 'no test knows this command'
}

function checkNpm (args: string[]): string | undefined {
  const [command = '', ...words] = args
  const script = command === 'run' ? words[0] ?? '' : command
  if (script in manifest.scripts) {
    const given = words.indexOf('--')
    if (script !== 'bench' || given === -1) return undefined
    try {
      readOptions(words.slice(given + 1))
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  if (!NPM.includes(command)) return `there is no script '${script}'`
  const unknown = words.filter(word => command === 'install' && !word.startsWith('-') && !PACKAGES.includes(word.replace(/(?<=.)@.*/, '')))
  return unknown.length === 0 ? undefined : `no test uses the package ${unknown.join(', ')}`
}

/**
 * Runs the command, as nothing else tells so surely whether it is written right; against a port of this machine where
 * nothing listens, whatever its URL is.
 */
async function checkCli ([name = '', ...given]: string[]): Promise<string | undefined> {
  if (name.startsWith('-')) return ['--help', '--version'].includes(name) ? undefined : `there is no option ${name}`
  const command = COMMANDS[name]
  if (command === undefined) return `there is no command '${name}'`
  if (given.includes('--help')) return undefined
  const args = given.map((word, index) => {
    if (given[index - 1] === '--file') return `${root}/test/docs/message.xml`
    return name !== 'decrypt' && /^https?:/.test(word) ? NOBODY : word
  })
  const silence = { write: () => {} }
  try {
    await command.run(args, { terminal: createTerminal(silence, silence, {}), env: ENVIRONMENT, stdin: Readable.from([Buffer.from(RECORDED)]) })
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}

/** Port 9, discard: no browser and no server uses it. */
const NOBODY = 'http://127.0.0.1:9/wecom/callback'
const RECORDED = 'https://example.com/wecom/callback?msg_signature=0&timestamp=0&nonce=0&echostr=0'
const ENVIRONMENT = { WECOM_TOKEN: 'QDG6eK', WECOM_ENCODING_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', WECOM_RECEIVE_ID: 'wx5823bf96d3bd56c7' }
