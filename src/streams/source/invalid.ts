import { wecomError, type WecomError } from '../../errors.js'
import { typeName } from '../../reply/type-name.js'

/** The error of what can be no source. */
export function noSource (source: unknown): WecomError {
  return wecomError('WECOM_STREAM_SOURCE_INVALID', {
    expected: 'a source: a text, an iterable, a ReadableStream, the result of streamText(), a promise of one, or a ' +
      'function',
    got: nameOf(source),
    fix: fixOf(source, "Give the model's answer as it is, or write with stream(async writer => { … }).")
  })
}

/** The error of what can be no chunk. */
export function noChunk (chunk: unknown): WecomError {
  return wecomError('WECOM_STREAM_SOURCE_INVALID', {
    expected: 'a source that gives texts, parts ({ type: … }) or chunks of a model',
    got: `one that gave ${nameOf(chunk)}`,
    fix: fixOf(chunk, 'Map what it gives to texts, with a generator of your own.')
  })
}

/** The error of a part that lacks what its type is for. */
export function noContent (type: string, expected: string, got: unknown): WecomError {
  return wecomError('WECOM_STREAM_SOURCE_INVALID', {
    expected: `${type} to be given ${expected}`,
    got: nameOf(got),
    fix: typeof got === 'string' || got === undefined ? 'Leave it out if there is none.' : 'Convert it first.'
  })
}

/** The error of a source of which nothing was recognised. `seen` are names, and nothing of the contents. */
export function nothingKnown (seen: readonly string[]): WecomError {
  return wecomError('WECOM_STREAM_SOURCE_INVALID', {
    expected: "texts, parts, the AI SDK's parts or OpenAI's chat chunks",
    got: `a source of objects none of which was recognised: ${seen.join(', ')}`,
    fix: 'Map them to texts with a generator: async function * () { for await (const event of events) yield … }, ' +
      'or with the option show.'
  })
}

/** The error of a source that can be read once, and was. */
export function usedSource (got: string): WecomError {
  return wecomError('WECOM_STREAM_SOURCE_USED', {
    expected: 'a source that has not been read',
    got,
    fix: "A generator, a ReadableStream or a model's answer can be read once: make it for each message, or hand over " +
      'a function that makes it.'
  })
}

function nameOf (value: unknown): string {
  return isBytes(value) ? 'bytes' : typeName(value)
}

function fixOf (value: unknown, otherwise: string): string {
  if (!isBytes(value)) return otherwise
  return "Turn bytes into text first, with pipeThrough(new TextDecoderStream()) or setEncoding('utf8'): a character " +
    'may be cut between two pieces.'
}

/** They are iterable, as numbers. */
export function isBytes (value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}
