import { newEncodingAESKey, newToken } from '../testing/credentials.js'
import { readArguments, UsageError } from './arguments.js'
import type { Command } from './command.js'

export const keys: Command = {
  summary: 'make a token and an EncodingAESKey',
  help: `fastify-wecom keys [--json]

Makes a token and an EncodingAESKey for a new callback, in the form of a .env file. Paste the same two values into the
WeCom console, or press its "random" buttons and put those into .env instead.

  --json   { "token", "encodingAESKey" }`,
  async run (args, { terminal }) {
    const given = readArguments(args, { json: { type: 'boolean' } })
    if (given.words.length > 0) throw new UsageError('keys takes no arguments.')
    const made = { token: newToken(), encodingAESKey: newEncodingAESKey() }
    if (given.flag('json')) terminal.print(JSON.stringify(made))
    else terminal.print(`WECOM_TOKEN=${made.token}\nWECOM_ENCODING_AES_KEY=${made.encodingAESKey}`)
    return 0
  }
}
