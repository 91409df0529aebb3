import { checkDuration, checkNames, checkUnit, optionInvalid, show, warnUnit } from '../../support/options.js'
import type { StreamResult, StreamTexts } from '../options.js'
import type { StreamChunk } from './types.js'

/** How a stream is shown. */
export interface StreamOptions {
  /**
   * Content of the first answer if the source has given nothing by then. What comes later is appended to it.
   * At most 2 048 bytes of UTF-8 are shown. Default `''`: WeCom's own waiting bubble.
   *
   * @example placeholder: '正在查询…'
   */
  placeholder?: string | undefined
  /**
   * Which thinking is shown: only what comes before the text, folded (`leading`); all, with later thinking as quoted
   * text (`all`); or none (`false`). Default `leading`.
   *
   * @example thinking: false
   */
  thinking?: 'leading' | 'all' | false | undefined
  /**
   * What to show for an object that is not a text, such as a tool call: return a text, a part or nothing. The object
   * has the fields that the source gave it. Default: nothing.
   *
   * @example show: part => part.type === 'tool-call' ? { type: 'thinking', text: `→ ${part.toolName}\n` } : undefined
   */
  show?: ((part: { readonly type: string, readonly [field: string]: unknown }) => StreamChunk | undefined) | undefined
  /**
   * Lets the user rate the answer: the rating comes as `aibot.event.feedback_event` with this id, up to 256 bytes of
   * UTF-8; `true` is the stream's id. Default: no rating.
   *
   * @example feedback: true
   */
  feedback?: true | string | undefined
  /**
   * What happens to text that does not fit or comes too late: it is posted to the message's response_url (`respond`),
   * or cut (`cut`). Default `respond`, if there is a response_url.
   *
   * @example rest: 'cut'
   */
  rest?: 'respond' | 'cut' | undefined
  /**
   * Milliseconds from the arrival of the message after which the bubble ends, whatever the source does; at most
   * 350 000, because WeCom stops polling after six minutes. Default 330 000 ms.
   *
   * @example life: 120_000
   */
  life?: number | undefined
  /**
   * The texts that the package itself writes, by occasion. Default: short texts in Chinese.
   *
   * @example texts: { failed: 'Sorry, that went wrong.' }
   */
  texts?: { readonly [Name in keyof StreamTexts]?: StreamTexts[Name] | undefined } | undefined
  /**
   * Called once with the result of the stream, after its rest was posted. Default: none.
   *
   * @example onEnd: ({ text }) => { console.log(text.length) }
   */
  onEnd?: ((result: StreamResult) => unknown) | undefined
}

/** The longest life of a stream, milliseconds: WeCom asks for six minutes [101031]. */
export const LONGEST_LIFE = 350_000

/** The most of a feedback id, bytes of UTF-8 [101031]. */
const FEEDBACK_BYTES = 256

const TEXTS = [
  'empty', 'failed', 'cut', 'later', 'lost', 'closing', 'stopped'
] as const satisfies ReadonlyArray<keyof StreamTexts>

/** Of the plugin: what concerns one answer alone is missing. */
const DEFAULTS = [
  'placeholder', 'thinking', 'show', 'rest', 'life', 'texts'
] as const satisfies ReadonlyArray<keyof StreamOptions>

const OPTIONS: ReadonlyArray<keyof StreamOptions> = [...DEFAULTS, 'feedback', 'onEnd']

/**
 * Checks the options of `stream()`, or those of the plugin, and returns those that were given, out of reach of later
 * changes.
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function checkStreamOptions (where: 'stream()' | 'streamDefaults', options: unknown): StreamOptions {
  checkObject(where, options)
  checkNames(where, options, where === 'stream()' ? OPTIONS : DEFAULTS)
  const given: StreamOptions = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const checked = CHECKS[name as keyof StreamOptions](`${name} of ${where}`, value)
    Object.assign(given, { [name]: checked })
  }
  return Object.freeze(given)
}

const CHECKS: { readonly [Name in keyof StreamOptions]-?: (name: string, value: unknown) => StreamOptions[Name] } = {
  placeholder: checkText,
  thinking: oneOf('leading', 'all', false),
  show: checkFunction,
  feedback: checkFeedback,
  rest: oneOf('respond', 'cut'),
  life: checkLife,
  texts: checkTexts,
  onEnd: checkFunction
}

function checkObject (name: string, value: unknown): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  throw optionInvalid(`the options of ${name} to be an object`, show(value), 'Leave them out for the defaults.')
}

function checkText (name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw optionInvalid(`${name} to be a text`, show(value), 'Leave it out for the default.')
}

function oneOf<const Choices extends ReadonlyArray<string | false>> (...choices: Choices) {
  return (name: string, value: unknown): Choices[number] => {
    if (choices.includes(value as Choices[number])) return value as Choices[number]
    const listed = choices.map(choice => choice === false ? 'false' : `'${choice}'`).join(' or ')
    throw optionInvalid(`${name} to be ${listed}`, show(value), 'Leave it out for the default.')
  }
}

function checkFunction (name: string, value: unknown): (...args: unknown[]) => never {
  if (typeof value === 'function') return value as (...args: unknown[]) => never
  throw optionInvalid(`${name} to be a function`, show(value), 'Give a function, or leave it out.')
}

function checkFeedback (name: string, value: unknown): true | string {
  if (value === true) return value
  const bytes = typeof value === 'string' ? Buffer.byteLength(value) : 0
  if (bytes > 0 && bytes <= FEEDBACK_BYTES) return value as string
  throw optionInvalid(
    `${name} to be true or an id of 1 to ${FEEDBACK_BYTES} bytes of UTF-8`,
    typeof value === 'string' ? `one of ${bytes} bytes` : show(value),
    "Give true for the stream's own id, or leave it out."
  )
}

function checkLife (name: string, value: unknown): number {
  const life = checkUnit(name, checkDuration(name, value), 50)
  if (life > LONGEST_LIFE) {
    throw optionInvalid(
      `${name} to be at most ${LONGEST_LIFE} milliseconds`,
      String(life),
      'WeCom stops polling after six minutes: what comes later goes to the response_url (rest).'
    )
  }
  // Nobody's answer has that little time, save in a test.
  return warnUnit(name, life, SECONDS_MEANT)
}

/** As many as a life has seconds at most. */
const SECONDS_MEANT = LONGEST_LIFE / 1_000 + 1

function checkTexts (name: string, value: unknown): NonNullable<StreamOptions['texts']> {
  checkObject(name, value)
  checkNames(name, value, TEXTS)
  const given: Partial<StreamTexts> = {}
  for (const text of TEXTS) {
    const own = (value as Partial<StreamTexts>)[text]
    if (own !== undefined) given[text] = checkText(`${text} in ${name}`, own)
  }
  return Object.freeze(given)
}
