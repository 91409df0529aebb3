#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { suggest, UsageError } from './arguments.js'
import type { Command, ExitCode } from './command.js'
import { decrypt } from './decrypt/index.js'
import { doctor } from './doctor/index.js'
import { keys } from './keys.js'
import { readEnvironment } from './settings.js'
import { simulate } from './simulate/index.js'
import { createTerminal } from './terminal.js'

const COMMANDS: Readonly<Record<string, Command>> = { doctor, simulate, decrypt, keys }

const HELP = `fastify-wecom <command>

${Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

  fastify-wecom <command> --help   how to use it
  fastify-wecom --version

Exit code: 0 all is well, 1 a fault was found, 2 wrong usage.`

const terminal = createTerminal(process.stdout, process.stderr, process.env)
// A reader that has seen enough (`| head`) closes the pipe: no fault of ours.
process.stdout.on('error', () => { process.exit() })
process.exitCode = await run(process.argv.slice(2))

async function run ([name, ...args]: string[]): Promise<ExitCode> {
  try {
    if (name === '--version' || name === '-v') {
      terminal.print(
        (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
          .version
      )
      return 0
    }
    if (name === '--help' || name === '-h' || name === 'help') {
      terminal.print(COMMANDS[args[0] ?? '']?.help ?? HELP)
      return 0
    }
    if (name === undefined) {
      terminal.note(HELP)
      return 2
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (command === undefined) {
      throw new UsageError(`There is no command '${name}'.${suggest(name, Object.keys(COMMANDS))}`)
    }
    if (args.includes('--help') || args.includes('-h')) {
      terminal.print(command.help)
      return 0
    }
    return await command.run(args, { terminal, env: readEnvironment(process.env), stdin: process.stdin })
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(
        `${error.message}\n\`fastify-wecom ` +
          `${name !== undefined && Object.hasOwn(COMMANDS, name) ? `${name} --help` : '--help'}\` shows how it is used.`
      )
      return 2
    }
    terminal.note(
      `An unexpected error occurred: ${error instanceof Error ? error.message : String(error)}. Please report it ` +
        'with the command you ran.'
    )
    return 1
  }
}
