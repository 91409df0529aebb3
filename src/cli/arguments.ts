import { parseArgs, type ParseArgsConfig } from 'node:util'
import { editDistance } from '../support/edit-distance.js'

/** The command was called in a way it cannot be: exit code 2. The text says what to change. */
export class UsageError extends Error {}

export type OptionTable = NonNullable<ParseArgsConfig['options']>

/** What was given: options by name, and the words that are none. */
export interface Given {
  text (name: string): string | undefined
  texts (name: string): string[]
  flag (name: string): boolean
  words: string[]
}

/**
 * Options by node:util's parseArgs: part of Node, kept by the Node project, nothing to install. Adds "did you mean".
 *
 * @throws UsageError
 */
export function readArguments (args: string[], options: OptionTable): Given {
  let parsed
  try {
    parsed = parseArgs({ args, options, strict: true, allowPositionals: true })
  } catch (error) {
    throw explain(error as Error, Object.keys(options))
  }
  const values = parsed.values as Record<string, string | boolean | string[] | undefined>
  return {
    text: name => typeof values[name] === 'string' ? values[name] : undefined,
    texts: name => [values[name] ?? []].flat().filter(value => typeof value === 'string'),
    flag: name => values[name] === true,
    words: parsed.positionals
  }
}

/** A number of milliseconds or of times. */
export function readNumber (
  given: Given,
  name: string,
  fallback: number,
  { min, max }: { min: number, max: number }
): number {
  const text = given.text(name)
  if (text === undefined) return fallback
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, got '${text}'.`)
}

/** One of a few words. */
export function readChoice<Choice extends string> (
  given: Given,
  name: string,
  choices: readonly Choice[]
): Choice | undefined {
  const text = given.text(name)
  if (text === undefined || choices.includes(text as Choice)) return text as Choice | undefined
  throw new UsageError(`--${name} takes ${choices.join(', ')}; got '${text}'.${suggest(text, choices)}`)
}

/** The one address that a command is about. */
export function readUrl (words: readonly string[]): URL {
  const [word, ...rest] = words
  if (word === undefined) {
    throw new UsageError(
      'The URL is missing: give the address of the callback, such as http://127.0.0.1:3000/wecom/callback.'
    )
  }
  if (rest.length > 0) {
    throw new UsageError(
      `Give one URL only; '${rest[0]}' is one argument too many. Quote arguments that contain blanks or &.`
    )
  }
  const url = URL.canParse(word) ? new URL(word) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    if (url.searchParams.has('msg_signature')) {
      throw new UsageError(
        'Give the URL as it stands in the WeCom console, without msg_signature and what follows. `fastify-wecom ' +
        'decrypt` looks into a recorded one.'
      )
    }
    return url
  }
  const fixed = `http://${word}`
  const hint = URL.canParse(fixed) && !/^[a-z]+:\/\//i.test(word) ? ` Did you mean ${fixed}?` : ''
  throw new UsageError(`'${word}' is no http:// or https:// URL.${hint}`)
}

/** " Did you mean …?", or nothing. */
export function suggest (word: string, known: readonly string[]): string {
  const [best] = known
    .map(name => ({ name, far: editDistance(word.toLowerCase(), name.toLowerCase(), name.length) }))
    .sort((a, b) => a.far - b.far)
  return best !== undefined && best.far <= Math.max(1, Math.floor(best.name.length / 3))
    ? ` Did you mean ${best.name}?`
    : ''
}

function explain (error: Error & { code?: string }, names: string[]): UsageError {
  const option = /'(?:-\w, )?(--?[\w-]+)/.exec(error.message)?.[1] ?? ''
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const hint = suggest(option, names.map(name => `--${name}`))
    return new UsageError(`There is no option ${option}.${hint}`)
  }
  if (/argument is ambiguous/.test(error.message)) {
    return new UsageError(`${option} needs a value; one that begins with - is written ${option}=-…`)
  }
  if (/argument missing/.test(error.message)) return new UsageError(`${option} needs a value.`)
  if (/does not take an argument/.test(error.message)) return new UsageError(`${option} takes no value.`)
  return new UsageError(error.message.split('\n')[0] as string)
}
