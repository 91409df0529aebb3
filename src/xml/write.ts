/** What an element may hold: text, a number, a flag, further elements by name; a list repeats the element. */
export type XmlValue = string | number | boolean | { [name: string]: XmlValue | readonly XmlValue[] | undefined }

/** Writes elements in the order of the object; text goes into CDATA, `undefined` is left out. */
export function writeElements (elements: Readonly<Record<string, unknown>>): string {
  return Object.entries(elements).map(([name, value]) => writeElement(name, value)).join('')
}

/** Thrown for what XML cannot hold; says which name. */
export class XmlWriteFault extends Error {}

function writeElement (name: string, value: unknown): string {
  if (value === undefined) return ''
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
    throw new XmlWriteFault(`${JSON.stringify(name.slice(0, 64))}, which is no XML name`)
  }
  if (Array.isArray(value)) return value.map(item => writeElement(name, item)).join('')
  return `<${name}>${writeContent(name, value)}</${name}>`
}

function writeContent (name: string, value: unknown): string {
  if (typeof value === 'string') return cdata(value)
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  if (typeof value === 'object' && value !== null) return writeElements(value as Record<string, unknown>)
  throw new XmlWriteFault(
    `${typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value} as ${name}`
  )
}

/** A CDATA section that nothing can break out of: `]]>` is split over two. The text is what `xmlText` makes of it. */
export function cdata (text: string): string {
  return `<![CDATA[${xmlText(text).replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

/**
 * A text as XML can hold it, and as a reader will see it: characters that XML forbids (C0 controls, U+FFFE, U+FFFF) are
 * left out, half surrogate pairs become U+FFFD, and line ends become `\n`, which is what a reader makes of them.
 */
export function xmlText (text: string): string {
  return text
    .toWellFormed()
    // eslint-disable-next-line no-control-regex -- the characters XML 1.0 section 2.2 forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/\r\n?/g, '\n')
}
