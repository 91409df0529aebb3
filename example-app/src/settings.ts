import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { WecomApiOptions } from 'fastify-wecom/api'
import type { Model } from './model.js'

/** Where the app listens and what the WeCom console is given. */
export interface Settings {
  host: string
  port: number
  path: string
  token: string
  encodingAESKey: string
  receiveId: string
  /** The playground's: with one, its page outlives a restart. */
  playgroundKey: string | undefined
  /** Addresses that may open the playground besides this machine's own: in a container, its gateway. */
  playgroundAllow: string[]
  /** What the bot asks; `undefined`: the fake model, which needs no key. */
  model: Model | undefined
  /** The app as which late replies are sent; `undefined`: they are not sent. */
  api: WecomApiOptions | undefined
  /** Which of the three were made up for this run. */
  madeUp: Set<'token' | 'encodingAESKey' | 'receiveId'>
}

const NAMES = [
  'WECOM_TOKEN',
  'WECOM_ENCODING_AES_KEY',
  'WECOM_RECEIVE_ID',
  'WECOM_CORP_SECRET',
  'WECOM_AGENT_ID',
  'WECOM_API_BASE_URL'
]

/** Reads the environment and .env; what is missing gets a default that works. */
export function readSettings (): Settings {
  loadEnvFile()
  const {
    HOST,
    PORT,
    WECOM_TOKEN,
    WECOM_ENCODING_AES_KEY,
    WECOM_RECEIVE_ID,
    PLAYGROUND_KEY,
    PLAYGROUND_ALLOW = ''
  } = process.env
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('WECOM_') && !NAMES.includes(name)) {
      console.warn(`${name} is not read; the names are ${NAMES.join(', ')}`)
    }
  }
  const madeUp: Settings['madeUp'] = new Set()
  if (!WECOM_TOKEN) madeUp.add('token')
  if (!WECOM_ENCODING_AES_KEY) madeUp.add('encodingAESKey')
  if (WECOM_RECEIVE_ID === undefined) madeUp.add('receiveId')
  return {
    host: HOST || '127.0.0.1',
    port: readPort(PORT || '3000'),
    path: '/wecom/callback',
    token: WECOM_TOKEN || randomText(32),
    encodingAESKey: WECOM_ENCODING_AES_KEY || randomText(43),
    receiveId: WECOM_RECEIVE_ID ?? 'ww1a2b3c4d5e6f7081',
    playgroundKey: PLAYGROUND_KEY || undefined,
    playgroundAllow: PLAYGROUND_ALLOW.split(/[\s,]+/).filter(Boolean),
    model: readModel(process.env),
    api: readApi(process.env),
    madeUp
  }
}

/** .env may lie in the directory the app is started from, in the one npm was called in, or beside the app. */
function loadEnvFile (): void {
  for (const directory of new Set([process.env.INIT_CWD ?? '.', '.', fileURLToPath(new URL('..', import.meta.url))])) {
    try {
      process.loadEnvFile(`${directory}/.env`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** Only with a name of a model, as asking one may cost money: a key alone may be there for something else. */
function readModel ({ OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL }: NodeJS.ProcessEnv): Model | undefined {
  if (!OPENAI_MODEL) {
    if (OPENAI_BASE_URL) console.warn('OPENAI_BASE_URL is not used: OPENAI_MODEL is missing; the fake model answers.')
    return undefined
  }
  const baseUrl = (OPENAI_BASE_URL || 'https://api.openai.com/v1').replace(/\/+$/, '')
  if (!/^https?:/.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new Error(`OPENAI_BASE_URL must be an http or https URL, not ${JSON.stringify(baseUrl)}`)
  }
  return { baseUrl, apiKey: OPENAI_API_KEY || undefined, name: OPENAI_MODEL }
}

/** Both or neither: with one alone, somebody believes that late replies are sent while they are not. */
function readApi (environment: NodeJS.ProcessEnv): WecomApiOptions | undefined {
  const { WECOM_RECEIVE_ID, WECOM_CORP_SECRET, WECOM_AGENT_ID, WECOM_API_BASE_URL } = environment
  if (!WECOM_CORP_SECRET && !WECOM_AGENT_ID) {
    if (WECOM_API_BASE_URL) {
      console.warn('WECOM_API_BASE_URL is not used: WECOM_CORP_SECRET and WECOM_AGENT_ID are missing.')
    }
    return undefined
  }
  for (const name of ['WECOM_CORP_SECRET', 'WECOM_AGENT_ID', 'WECOM_RECEIVE_ID']) {
    if (!environment[name]) {
      throw new Error(`${name} is missing: sending late replies takes WECOM_CORP_SECRET, WECOM_AGENT_ID and ` +
        'WECOM_RECEIVE_ID (your corpid): set all three, or leave WECOM_CORP_SECRET and WECOM_AGENT_ID unset')
    }
  }
  if (!/^\d{1,15}$/.test(WECOM_AGENT_ID ?? '')) {
    throw new Error('WECOM_AGENT_ID must be the number that the page of the app shows as AgentId')
  }
  return {
    corpId: WECOM_RECEIVE_ID,
    secret: WECOM_CORP_SECRET,
    agentId: WECOM_AGENT_ID,
    baseUrl: WECOM_API_BASE_URL || undefined
  }
}

function readPort (text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(`PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}`)
}

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** What the WeCom console's own "random" buttons give. */
function randomText (length: number): string {
  return Array.from({ length }, () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]).join('')
}
