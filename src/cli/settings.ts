import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { decodeEncodingAESKey } from '../crypto/encoding-aes-key.js'
import type { TestCredentials } from '../testing/credentials.js'
import { UsageError, type Given, type OptionTable } from './arguments.js'
import type { Terminal } from './terminal.js'

/** The options that say which callback this is about. */
export const SETTINGS_OPTIONS: OptionTable = {
  token: { type: 'string' },
  key: { type: 'string' },
  'receive-id': { type: 'string' },
  'verify-receive-id': { type: 'string' }
}

export const SETTINGS_HELP = `Settings, as the WeCom console shows them
  --token <text>             or WECOM_TOKEN
  --key <43 characters>      or WECOM_ENCODING_AES_KEY
  --receive-id <id>          or WECOM_RECEIVE_ID: corpid; suite id on a command URL; "" for bots
  --verify-receive-id <id>   if URL verification uses another one (a provider's own corpid)
  Variables are also read from .env in the current directory. Other users of the machine can see options on a
  command line, but not variables.`

export type Environment = Readonly<Record<string, string | undefined>>

/** The variables of the process, and beneath them those of .env. */
export function readEnvironment (env: Environment): Environment {
  try {
    return { ...parseEnv(readFileSync('.env', 'utf8')), ...env }
  } catch {
    return env
  }
}

/** What was set of token and key; both are kept from being printed. */
export function readSecrets (
  given: Given,
  env: Environment,
  terminal: Terminal
): { token: string | undefined, encodingAESKey: string | undefined } {
  const token = check('token', given.text('token') ?? env.WECOM_TOKEN)
  const encodingAESKey = check('key', given.text('key') ?? env.WECOM_ENCODING_AES_KEY)
  if (token !== undefined) terminal.hide(token, 'token')
  if (encodingAESKey !== undefined) {
    try {
      decodeEncodingAESKey(encodingAESKey)
    } catch (error) {
      throw new UsageError(`--key (or WECOM_ENCODING_AES_KEY): ${(error as Error).message}`)
    }
    terminal.hide(encodingAESKey, 'key')
  }
  return { token, encodingAESKey }
}

/** All settings; a bot's receiveId is `''` where none is given. */
export function readCredentials (
  given: Given,
  env: Environment,
  terminal: Terminal,
  { bot }: { bot: boolean }
): TestCredentials {
  const { token, encodingAESKey } = readSecrets(given, env, terminal)
  const receiveId = given.text('receive-id') ?? env.WECOM_RECEIVE_ID ?? (bot ? '' : undefined)
  if (token === undefined || encodingAESKey === undefined || receiveId === undefined) {
    const missing = [
      ['--token (WECOM_TOKEN)', token],
      ['--key (WECOM_ENCODING_AES_KEY)', encodingAESKey],
      ['--receive-id (WECOM_RECEIVE_ID)', receiveId]
    ]
      .filter(([, value]) => value === undefined)
      .map(([name]) => name)
    throw new UsageError(`Missing: ${missing.join(', ')}. Give options or variables, or write them to .env.`)
  }
  const verifyReceiveId = given.text('verify-receive-id')
  return { token, encodingAESKey, receiveId, ...(verifyReceiveId === undefined ? {} : { verifyReceiveId }) }
}

function check (name: string, value: string | undefined): string | undefined {
  if (value === '') throw new UsageError(`--${name} (or its variable) is empty.`)
  if (value !== undefined && value !== value.trim()) {
    throw new UsageError(`--${name} (or its variable) has a blank at its beginning or end: remove it.`)
  }
  return value
}
