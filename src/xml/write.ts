/** What an element may hold: text, a number, a flag, further elements by name; a list repeats the element. */
export type XmlValue = string | number | boolean | { [name: string]: XmlValue | readonly XmlValue[] | undefined }

/**
 * Writes elements in the order of the object; text goes into CDATA, `undefined` is left out. `clean` makes a text what
 * XML can hold: texts that `toXmlText` has seen are `asItIs`.
 */
export function writeElements (elements: Readonly<Record<string, unknown>>, clean = toXmlText): string {
  let xml = ''
  for (const name of Object.keys(elements)) xml = appendElement(xml, name, elements[name], clean)
  return xml
}

export function asItIs (text: string): string {
  return text
}

/** Thrown for what XML cannot hold; says which name. */
export class XmlWriteFault extends Error {}

/** Each piece by itself, and a text's CDATA with its tags, as each `+` makes one more object. */
function appendElement (xml: string, name: string, value: unknown, clean: typeof toXmlText): string {
  if (value === undefined) return xml
  const tags = TAGS.get(name) ?? makeTags(name)
  if (typeof value === 'string') return xml + tags.startText + splitEnds(clean(value)) + tags.endText
  if (!Array.isArray(value)) return xml + tags.start + writeContent(name, value, clean) + tags.end
  for (const item of value) xml = appendElement(xml, name, item, clean)
  return xml
}

interface Tags { start: string, end: string, startText: string, endText: string }

/** By name, as replies have the same few elements again and again. */
const TAGS = new Map<string, Tags>()

function makeTags (name: string): Tags {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
    throw new XmlWriteFault(`${JSON.stringify(name.slice(0, 64))}, which is no XML name`)
  }
  const [start, end] = [`<${name}>`, `</${name}>`]
  const tags = { start, end, startText: `${start}<![CDATA[`, endText: `]]>${end}` }
  // WeCom's names are fewer and shorter; others may be without number.
  if (TAGS.size < 1000 && name.length <= 32) TAGS.set(name, tags)
  return tags
}

function writeContent (name: string, value: unknown, clean: typeof toXmlText): string {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  if (typeof value === 'object' && value !== null) return writeElements(value as Record<string, unknown>, clean)
  throw new XmlWriteFault(
    `${typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value} as ${name}`
  )
}

/** A CDATA section that nothing can break out of. The text is what `toXmlText` makes of it. */
export function cdata (text: string): string {
  return `<![CDATA[${splitEnds(toXmlText(text))}]]>`
}

/** `]]>` is split over two sections. */
function splitEnds (text: string): string {
  return text.includes(']]>') ? text.replaceAll(']]>', ']]]]><![CDATA[>') : text
}

/** The characters that XML 1.0 section 2.2 forbids, half surrogate pairs aside. */
const FORBIDDEN = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff'
const FORBIDDEN_CHARACTERS = new RegExp(`[${FORBIDDEN}]`, 'g')
/**
 * What a text may have that XML cannot hold, or that a reader will not see as it is. Nearly every text has none of it,
 * and one look tells; halves of surrogate pairs are looked for in a text with surrogates only.
 */
const UNLIKE_XML_TEXT = new RegExp(`[${FORBIDDEN}\\r\\ud800-\\udfff]`)

/** Whether a CDATA section holds a text as it is. */
export function fitsCdata (text: string): boolean {
  return !UNLIKE_XML_TEXT.test(text) && !text.includes(']]>')
}

/**
 * A text as XML can hold it, and as a reader will see it: characters that XML forbids (C0 controls, U+FFFE, U+FFFF) are
 * left out, half surrogate pairs become U+FFFD, and line ends become `\n`, which is what a reader makes of them.
 */
export function toXmlText (text: string): string {
  if (!UNLIKE_XML_TEXT.test(text)) return text
  return text
    .toWellFormed()
    .replace(FORBIDDEN_CHARACTERS, '')
    .replace(/\r\n?/g, '\n')
}
