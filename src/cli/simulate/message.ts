import { readFileSync } from 'node:fs'
import type { MessageKey } from '../../message/types.js'
import { sample, sampleKeys } from '../../testing/samples.js'
import { suggest, UsageError, type Given } from '../arguments.js'
import { unknownField } from './known-fields.js'

type Fields = Record<string, unknown>

/** The message that the options describe: an object, or text as it stands in a file. */
export function readMessage (given: Given, note: (line: string) => void): object | string {
  const ways = ['message', 'event', 'file'].filter(name => given.text(name) !== undefined)
  if (ways.length > 1) {
    throw new UsageError(`Give one of --message, --event and --file, not ${ways.map(way => `--${way}`).join(' and ')}.`)
  }
  const file = given.text('file')
  const event = given.text('event')
  const message = given.text('message') ?? 'text=你好'
  const sets = given.texts('set')
  if (file !== undefined || /^\s*[<{]/.test(message)) {
    if (sets.length > 0) throw new UsageError('--set changes samples: write the value into the text itself.')
    return file === undefined ? message : readFile(file)
  }
  const built =
    event === undefined
      ? readMessageOption(message)
      : (sample(findKey(event, EVENT_KEYS, 'event')) as unknown as Fields)
  for (const set of sets) {
    const unknown = unknownField(built, set)
    if (unknown !== undefined) note(unknown)
  }
  return sets.reduce(setField, built)
}

/** Whether a message goes to a bot (智能机器人) or a group robot, whose receiveId is `''`. */
export function isForBot (message: object | string): boolean {
  if (typeof message === 'string') return /"aibotid"|"webhook_url"|<WebhookUrl>/.test(message)
  return 'aibotid' in message || 'WebhookUrl' in message
}

/** As WeCom does: who the message is for is also what it is sealed with. */
export function address (message: object | string, receiveId: string, given: Given): object | string {
  if (typeof message === 'string' || receiveId === '') return message
  const field = ['ToUserName', 'SuiteId', 'ServiceCorpId'].find(name => name in message)
  if (field === undefined || given.texts('set').some(set => set.startsWith(`${field}=`))) return message
  return { ...message, [field]: receiveId }
}

const isEvent = (key: string) => /(^|\.)(event|info)\./.test(key)
const EVENT_KEYS = sampleKeys.filter(isEvent)
const MESSAGE_KEYS = sampleKeys.filter(key => !isEvent(key))

function readMessageOption (option: string): Fields {
  const split = option.indexOf('=')
  const kind = (split < 0 ? option : option.slice(0, split)).trim()
  // Words where a kind stands: most likely what is to be said. Kinds are of ASCII letters, without blanks.
  if (/[^\w.]/.test(kind) || kind === '') {
    throw new UsageError(
      `There is no kind of message '${short(kind)}'. To send it as text: --message text=${quoted(option)}`
    )
  }
  const key = findKey(split < 0 ? option : option.slice(0, split), MESSAGE_KEYS, 'message')
  const message = sample(key) as unknown as Fields
  return split < 0 ? message : setText(key, message, option.slice(split + 1))
}

/** Where the words of a message stand. */
function setText (key: string, message: Fields, text: string): Fields {
  const path = ['Content', 'Text.Content', 'text.content', 'voice.content'].find(
    path => typeof getField(message, path) === 'string'
  )
  if (path === undefined) throw new UsageError(`A message of kind ${key} holds no text; --set changes its fields.`)
  return setField(message, `${path}=${text}`)
}

function short (text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** As a shell takes it. */
function quoted (text: string): string {
  const cut = short(text)
  return /^[\w\u0080-\uffff]+$/.test(cut) ? cut : `'${cut.replaceAll("'", "'\\''")}'`
}

function findKey (name: string, keys: readonly MessageKey[], what: 'event' | 'message'): MessageKey {
  const wanted = name.trim().toLowerCase()
  const exact = keys.find(key => key.toLowerCase() === wanted)
  if (exact !== undefined) return exact
  const ending = keys.filter(key => key.toLowerCase().endsWith(`.${wanted}`))
  // `click` is event.click rather than a bot's; what comes as event and as notice is the event, as more apps have
  // those.
  const plain = ['event', 'info']
    .flatMap(scene => ending.filter(key => key.toLowerCase() === `${scene}.${wanted}`))
    .slice(0, 1)
  const [found, ...others] = plain.length > 0 ? plain : ending
  if (found !== undefined && others.length === 0) return found
  if (found !== undefined) {
    throw new UsageError(`--${what} '${name}' may be ${[found, ...others].join(' or ')}: give the whole key.`)
  }
  const below = keys.filter(
    key =>
      key.toLowerCase().startsWith(`${wanted}.`) ||
      key.toLowerCase().startsWith(`event.${wanted}.`) ||
      key.toLowerCase().startsWith(`info.${wanted}.`)
  )
  const hint =
    below.length > 0
      ? ` There are ${below.slice(0, 12).join(', ')}${below.length > 12 ? ', …' : ''}.`
      : suggest(name, [...keys, ...keys.map(key => key.replace(/^\w+\./, ''))])
  const words = what === 'message' && hint === '' ? ` To send it as text: --message text=${quoted(name)}.` : ''
  throw new UsageError(`There is no ${what} '${short(name)}'.${hint}${words} docs/messages.md lists the keys.`)
}

function readFile (file: string): string {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`)
  }
  if (/^\uFEFF?\s*[<{]/.test(text)) return text
  throw new UsageError(`${file} holds neither XML nor JSON: it must hold the decrypted message, <xml>…</xml> or {…}.`)
}

function getField (fields: Fields, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Fields)[name] : undefined),
      fields
    )
}

/** `Field=value`, or `outer.inner=value`; a number where the sample has one. */
function setField (fields: Fields, assignment: string): Fields {
  const split = assignment.indexOf('=')
  if (split < 1) throw new UsageError(`--set takes Field=value, got '${assignment}'.`)
  const [name = '', ...inner] = assignment.slice(0, split).split('.')
  const value = assignment.slice(split + 1)
  if (inner.length > 0) {
    const nested = fields[name] ?? {}
    if (typeof nested !== 'object') throw new UsageError(`--set: ${name} is no object.`)
    return { ...fields, [name]: setField(nested as Fields, `${inner.join('.')}=${value}`) }
  }
  if (typeof fields[name] !== 'number') return { ...fields, [name]: value }
  if (value.trim() === '' || !Number.isFinite(Number(value))) {
    throw new UsageError(`--set: ${name} is a number, got '${value}'.`)
  }
  return { ...fields, [name]: Number(value) }
}
