import { createRequire } from 'node:module'
import type * as FastXmlParser from 'fast-xml-parser'
import { XmlFault } from './fault.js'
import { decodeReferences, MAX_DEPTH, skeletonOf } from './skeleton.js'

/** An element as it was written: its text with entities resolved and CDATA joined, and its children in order. */
export interface XmlElement {
  name: string
  text: string
  children: XmlElement[]
}

export { XmlFault }

/**
 * Reads a whole XML document and returns its root. Well-formedness is checked; declarations and processing instructions
 * are refused, so the only entities are the five of XML and character references; depth and amount of markup are
 * bounded; attributes and comments are passed over.
 *
 * @param elements how many there may be at most, where 20 000 would be far too many
 * @throws XmlFault
 */
export function readXml (text: string, elements?: number): XmlElement {
  const { xml, textOf } = skeletonOf(
    text.includes('\r') ? text.split('\r\n').join('\n').split('\r').join('\n') : text,
    elements
  )
  const { XMLParser, XMLValidator } = fastXmlParser()
  let nodes: Node[]
  try {
    nodes = new XMLParser(OPTIONS).parse(xml)
  } catch (error) {
    throw error instanceof XmlFault
      ? error
      : new XmlFault(/nested/.test(String(error)) ? `more than ${MAX_DEPTH} levels` : 'no well-formed XML')
  }
  const validity = XMLValidator.validate(xml)
  if (validity !== true) throw new XmlFault(`no well-formed XML (line ${validity.err.line})`)
  const roots = nodes.filter(node => nameOf(node) !== undefined)
  if (roots.length !== 1) throw new XmlFault(`${roots.length} root elements`)
  return toElement(roots[0] as Node, textOf)
}

const require = createRequire(import.meta.url)

/**
 * Fails as a server starts, not with its first message, where a bundler has left fast-xml-parser out.
 *
 * @throws Error MODULE_NOT_FOUND
 */
export function checkXmlParser (): void {
  require.resolve('fast-xml-parser')
}

/**
 * Loaded where it is first needed: it takes as long to load as all the rest, and what WeCom writes is read without it
 * (strict.ts). By `require`, as reading cannot wait for an `import()`.
 */
function fastXmlParser (): typeof FastXmlParser {
  return require('fast-xml-parser') as typeof FastXmlParser
}

/**
 * XML names cannot begin with it, so a marked name is neither `#text` nor one that the parser renames (`constructor`).
 */
const MARK = '.'
const TEXT = '#text'
const CDATA = '#cdata'

/** What the parser makes with preserveOrder: an object of one key, the marked name or `#text` or `#cdata`. */
type Node = Record<string, Node[] | string>

const OPTIONS = {
  preserveOrder: true,
  cdataPropName: CDATA,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  jPath: false,
  maxNestedTags: MAX_DEPTH,
  transformTagName: (name: string) => name.startsWith(MARK) ? name : MARK + name,
  entityDecoder: {
    decode: decodeReferences,
    addInputEntities: () => { throw new XmlFault('a DOCTYPE') },
    setExternalEntities: () => {},
    setXmlVersion: () => {},
    reset: () => {}
  }
}

function nameOf (node: Node): string | undefined {
  const key = Object.keys(node)[0] as string
  return key.startsWith(MARK) ? key.slice(MARK.length) : undefined
}

function toElement (node: Node, textOf: (piece: string) => string): XmlElement {
  const name = nameOf(node) as string
  const children: XmlElement[] = []
  const pieces: Array<{ text: string, layout: boolean }> = []
  for (const child of node[MARK + name] as Node[]) {
    if (child[TEXT] !== undefined) {
      const text = textOf(child[TEXT] as string)
      pieces.push({ text, layout: text.trim() === '' })
    } else if (child[CDATA] !== undefined) {
      pieces.push({ text: textOf((child[CDATA] as Node[])[0]?.[TEXT] as string), layout: false })
    } else {
      children.push(toElement(child, textOf))
    }
  }
  return { name, text: withoutLayout(pieces, children.length > 0), children }
}

/**
 * White space between elements or around CDATA is layout; alone in an element, or between CDATA sections, it is text.
 */
function withoutLayout (pieces: Array<{ text: string, layout: boolean }>, nests: boolean): string {
  const first = pieces.findIndex(piece => !piece.layout)
  const last = pieces.findLastIndex(piece => !piece.layout)
  const kept = nests ? pieces.filter(piece => !piece.layout) : first < 0 ? pieces : pieces.slice(first, last + 1)
  return kept.map(piece => piece.text).join('')
}
