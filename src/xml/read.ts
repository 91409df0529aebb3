import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** An element as it was written: its text with entities resolved and CDATA joined, and its children in order. */
export interface XmlElement {
  name: string
  text: string
  children: XmlElement[]
}

/** Why `readXml` refused a document. The text may be logged: it never quotes the document. */
export class XmlFault extends Error {}

/** WeCom's deepest message nests 6 levels; the rest is room. */
const MAX_DEPTH = 32
/** WeCom's longest lists hold 1000 ids. */
const MAX_ELEMENTS = 20_000

/**
 * Reads a whole XML document and returns its root. Well-formedness is checked; a DOCTYPE is refused, so the only
 * entities are the five of XML and character references; depth and number of elements are bounded; attributes, comments
 * and processing instructions are passed over.
 *
 * @throws XmlFault
 */
export function readXml (text: string): XmlElement {
  let elements = 0
  // transformTagName sees the name of a self-closing tag twice: the mark goes on once.
  const parser = new XMLParser({
    ...OPTIONS,
    updateTag: name => {
      if (++elements > MAX_ELEMENTS) throw new XmlFault(`more than ${MAX_ELEMENTS} elements`)
      // The parser takes <!ENTITY …> for an element outside of a DOCTYPE.
      if (name.startsWith(`${MARK}!`)) throw new XmlFault('a markup declaration')
      return name
    }
  })
  let nodes: Node[]
  try {
    // First, as it stops at MAX_DEPTH where the validator would walk on.
    nodes = parser.parse(text)
  } catch (error) {
    throw error instanceof XmlFault ? error : new XmlFault(/nested/.test(String(error)) ? `more than ${MAX_DEPTH} levels` : 'no well-formed XML')
  }
  const validity = XMLValidator.validate(text)
  if (validity !== true) throw new XmlFault(`no well-formed XML (line ${validity.err.line})`)
  const roots = nodes.filter(node => nameOf(node) !== undefined)
  if (roots.length !== 1) throw new XmlFault(`${roots.length} root elements`)
  return toElement(roots[0] as Node)
}

/** XML names cannot begin with it, so a marked name is neither `#text` nor one that the parser renames (`constructor`). */
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

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** In one pass, so that `&amp;lt;` stays `&lt;`. What XML does not define stays as it was sent. */
function decodeReferences (text: string): string {
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (reference, name, decimal, hex) => {
    if (name !== undefined) return NAMED[name] ?? reference
    const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal)
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? reference : String.fromCodePoint(code)
  })
}

function nameOf (node: Node): string | undefined {
  const key = Object.keys(node)[0] as string
  return key.startsWith(MARK) ? key.slice(MARK.length) : undefined
}

function toElement (node: Node): XmlElement {
  const name = nameOf(node) as string
  const children: XmlElement[] = []
  const pieces: Array<{ text: string, layout: boolean }> = []
  for (const child of node[MARK + name] as Node[]) {
    if (child[TEXT] !== undefined) {
      const text = child[TEXT] as string
      pieces.push({ text, layout: text.trim() === '' })
    } else if (child[CDATA] !== undefined) {
      pieces.push({ text: (child[CDATA] as Node[])[0]?.[TEXT] as string, layout: false })
    } else {
      children.push(toElement(child))
    }
  }
  return { name, text: withoutLayout(pieces, children.length > 0), children }
}

/** White space between elements or around CDATA is layout; alone in an element, or between CDATA sections, it is text. */
function withoutLayout (pieces: Array<{ text: string, layout: boolean }>, nests: boolean): string {
  const first = pieces.findIndex(piece => !piece.layout)
  const last = pieces.findLastIndex(piece => !piece.layout)
  const kept = nests ? pieces.filter(piece => !piece.layout) : first < 0 ? pieces : pieces.slice(first, last + 1)
  return kept.map(piece => piece.text).join('')
}
