import { readArguments, UsageError } from '../arguments.js'
import { readAll, type Command } from '../command.js'
import { readSecrets, SETTINGS_HELP, SETTINGS_OPTIONS } from '../settings.js'
import { harmless } from '../terminal.js'
import { readRecorded } from './input.js'
import { explain } from './steps.js'

export const decrypt: Command = {
  summary: 'open a recorded request, showing every step',
  help: `fastify-wecom decrypt '<url>' ['<body>'] [options]
… | fastify-wecom decrypt [options]

Checks and opens a recorded request: parameters, envelope, signature, base64, AES, padding, length, receiveId, message.
Takes a URL (or the line of an access log) and, for a message, the body, as arguments or piped in. Nothing is sent.
The token is optional (without it, the signature is not checked), and so is the receiveId (the one found is shown).

  --json   { "ok", "steps": [{ "step", "state", "found", "cause", "fix" }], "plaintext", "kind" }

${SETTINGS_HELP}`,
  async run (args, { terminal, env, stdin }) {
    const given = readArguments(args, { ...SETTINGS_OPTIONS, json: { type: 'boolean' } })
    const { token, encodingAESKey } = readSecrets(given, env, terminal)
    if (encodingAESKey === undefined) throw new UsageError('Missing: --key (WECOM_ENCODING_AES_KEY).')
    // A body may come by the pipe while the URL is an argument; URL verification has none.
    const complete = given.words.length > 1 || given.words[0]?.includes('echostr=') === true
    const piped = !complete && stdin.isTTY !== true ? await readAll(stdin) : ''
    if (given.words.length === 0 && piped === '') {
      throw new UsageError(
        "Give the URL in quotes, or pipe it in: fastify-wecom decrypt 'https://…?msg_signature=…' '<xml>…</xml>'"
      )
    }
    const recorded = readRecorded(given.words, piped)
    const receiveId = given.text('receive-id') ?? env.WECOM_RECEIVE_ID
    const { steps, plaintext, kind } = explain(recorded, { token, encodingAESKey, receiveId })
    const ok = steps.every(({ state }) => state !== 'failed')
    if (given.flag('json')) {
      terminal.print(
        JSON.stringify(
          { ok, steps, ...(plaintext === undefined ? {} : { plaintext }), ...(kind === undefined ? {} : { kind }) },
          null,
          2
        )
      )
      return ok ? 0 : 1
    }
    const { print, colour } = terminal
    const marks = { ok: colour.green('✓'), failed: colour.red('✗'), skipped: colour.yellow('–') }
    for (const { step, state, found, cause, fix } of steps) {
      print(`${marks[state]} ${step.padEnd(10)} ${harmless(found)}`)
      if (cause !== undefined) print(`             ${colour.red(harmless(cause))}`)
      if (fix !== undefined) print(`             ${fix}`)
    }
    if (plaintext !== undefined) print(`\n${harmless(plaintext, 100_000)}`)
    return ok ? 0 : 1
  }
}
