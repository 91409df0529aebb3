import { kindOf } from './kind.js'
import { isObject, MessageFault, Repeated, setField, type MessageObject } from './object.js'
import { endsOf, mayRepeat, readWith, type Choices, type Reading } from './reading.js'
import { shapeOf, type Shape } from './shape.js'

/**
 * The document with its texts written as XML demands, so that a parser reads them as they were typed. WeCom writes them
 * raw: a user who types `]]>`, `<![CDATA[` or a whole message would else break the message, or put fields into it.
 *
 * Where a text ends is told by the structure of the message, in this order:
 * 1. Each text ends where `]]>` and the closing tag of its element first come, if then every element that is no list
 *    comes once, and no text holds the end of one before it.
 * 2. Else one text, or two, end later: of the ways that make a message of it the one that has all that the kind always
 *    has, then the one with the fewest fields, then the one whose texts end first. Fields that are ids or WeCom's own
 *    words always end where they first can.
 * 3. Where two such ways differ in an id, a user could choose it: the message is refused.
 * Where nothing of that fits it is read as XML says.
 *
 * @throws MessageFault for 3.
 */
export function withTextsAsTyped (text: string): string {
  if (!text.includes('<![CDATA[')) return text
  const shape = shapeOf(kindOf(sketch(readWith(text, new Map(), new Map(), false).values)))
  const reading = bestReading(text, shape)
  return reading === undefined ? text : rewrite(text, reading)
}

/**
 * Whether a message in which no text holds a `]]>`, and names repeat right behind themselves only, is as its texts were
 * typed: so says rule 1 if what repeats is a list.
 */
export function isAsTyped (message: MessageObject): boolean {
  const values = new Map<string, { text: string }>()
  collect(message, '', values)
  return repeatsListsOnly(message, shapeOf(kindOf(sketch(values))))
}

/** The first text of each path, as a reading has it. */
function collect (value: unknown, path: string, values: Map<string, { text: string }>): void {
  if (typeof value === 'string') {
    if (!values.has(path)) values.set(path, { text: value })
  } else if (value instanceof Repeated) {
    for (const item of value) collect(item, path, values)
  } else {
    for (const [name, field] of Object.entries(value as MessageObject)) {
      collect(field, path === '' ? name : `${path}.${name}`, values)
    }
  }
}

function repeatsListsOnly (object: MessageObject, shape: Shape): boolean {
  return Object.entries(object).every(([name, value]) => {
    const field = shape.get(name)
    if (value instanceof Repeated && !mayRepeat(field, true)) return false
    const items = value instanceof Repeated ? value : [value]
    return items.every(item => !isObject(item) || repeatsListsOnly(item, field?.fields ?? NONE))
  })
}

const NONE: Shape = new Map()

/**
 * Enough for one text among many, or two among few. A long message has fewer: a megabyte is to be read in well under a
 * second.
 */
const MAX_READINGS = 400
const MAX_CHARACTERS = 8 * 2 ** 20
/** How many places for the end of a text are tried, besides the last. */
const ENDS = 8

function bestReading (text: string, shape: Shape): Reading | undefined {
  const first = readWith(text, shape, new Map())
  if (first.whole && !first.doubtful) return first
  const found = first.whole ? [first] : []
  const budget = { readings: Math.min(MAX_READINGS, Math.ceil(MAX_CHARACTERS / text.length)) }
  let level: Array<{ choices: Choices, reading: Reading }> = [{ choices: new Map(), reading: first }]
  for (let moved = 0; moved < 2 && (moved === 0 || found.length === 0); moved++) {
    const next: typeof level = []
    for (const { choices, reading } of level) {
      for (const changed of later(text, reading, choices, budget)) {
        const tried = readWith(text, shape, changed)
        next.push({ choices: changed, reading: tried })
        if (tried.whole) found.push(tried)
      }
    }
    level = next
  }
  return chosen(found, shape)
}

/** The same choices, and one more text that ends later. */
function * later (
  text: string, { sections }: Reading, choices: Choices, budget: { readings: number }
): Generator<Choices> {
  const last = Math.max(-1, ...choices.keys())
  for (const [number, section] of sections.entries()) {
    if (!section.free || number <= last) continue
    if (--budget.readings < 0) return
    for (const end of endsOf(text, section, ENDS)) {
      if (end > 0 && --budget.readings >= 0) yield new Map([...choices, [number, end]])
    }
  }
}

function chosen (found: Reading[], shape: Shape): Reading | undefined {
  const required = requiredOf(shape)
  const missing = new Map(found.map(reading => [reading, required.filter(path => !reading.paths.has(path)).length]))
  const complete = Math.min(...missing.values())
  const likely = found.filter(reading => missing.get(reading) === complete)
  const [best] = likely.toSorted((a, b) => a.paths.size - b.paths.size)
  if (best !== undefined && likely.some(reading => differs(best, reading))) {
    throw new MessageFault('one that can be read in two ways, with different ids: ' +
      'two of its texts hold markup that stands for a field between them')
  }
  return best
}

function differs (one: Reading, other: Reading): boolean {
  return [...one.values].some(([path, { text, own, listed }]) => {
    const same = other.values.get(path)
    return own && !listed && same !== undefined && !same.listed && same.text !== text
  })
}

function requiredOf (shape: Shape, parent = ''): string[] {
  return [...shape.values()].filter(({ optional }) => !optional).flatMap(({ name, list, fields }) =>
    [`${parent}${name}`, ...(list ? [] : requiredOf(fields, `${parent}${name}.`))])
}

/** What there is to tell the kind by. */
function sketch (values: ReadonlyMap<string, { text: string }>): MessageObject {
  const message: MessageObject = {}
  for (const [path, { text }] of values) {
    const [name, inner] = path.split('.') as [string, string | undefined]
    if (inner === undefined) setField(message, name, text)
    else if (name === 'Event') message.Event = { ...(isObject(message.Event) ? message.Event : {}), [inner]: text }
  }
  return message
}

/** `]]]]><![CDATA[>` is how all the world writes `]]>`; everything else is what it looks like. */
function rewrite (text: string, { sections }: Reading): string {
  let written = ''
  let at = 0
  for (const { start, end } of sections) {
    written += text.slice(at, start) + text.slice(start, end).replaceAll(SPLIT, ']]>').replaceAll(']]>', SPLIT)
    at = end
  }
  return written + text.slice(at)
}

const SPLIT = ']]]]><![CDATA[>'
