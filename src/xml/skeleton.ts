import { XmlFault } from './fault.js'

/**
 * A document whose long texts lie beside it: the parser walks by the character, so that a megabyte of text costs as
 * much as a megabyte of tags.
 */
export interface Skeleton {
  xml: string
  /** The text of a piece of the skeleton. */
  textOf (piece: string): string
}

/** What markup may come to. WeCom's messages have names of some 30 characters, and neither attributes nor comments. */
export const MAX_NAME = 128
const LIMITS = { attributes: 4096, comments: 1000, sections: 20_000, references: 20_000 }

/** WeCom's deepest message nests 6 levels; the rest is room. */
export const MAX_DEPTH = 32
/** WeCom's longest lists hold 1000 ids. */
export const MAX_ELEMENTS = 20_000

/** Shorter texts stay where they are. */
const LONG = 64

/**
 * Around the number of a text that was taken out. Texts that hold one are taken out themselves, so none can be forged.
 */
const OPEN = '\uE000'
const CLOSE = '\uE001'

/**
 * Goes through a document once, in linear time, before anything is parsed. Refuses what WeCom never sends and a parser
 * pays dearly for: processing instructions but a leading XML declaration, a DOCTYPE and other declarations, more names,
 * attributes and comments than there can be. Comments (hostile-267 has one that official libraries accept) and the
 * declaration are left out. Whether the rest is well-formed is left to the parser.
 *
 * @throws XmlFault
 */
export function skeletonOf (text: string, elements = MAX_ELEMENTS): Skeleton {
  const texts: string[] = []
  const spent: Spent = { elements: 0, attributes: 0, comments: 0, sections: 0, references: 0 }
  let depth = 0
  let xml = ''

  function put (piece: string, decode: (text: string) => string): void {
    if (piece.length <= LONG && !piece.includes(OPEN)) xml += piece
    else xml += `${OPEN}${texts.push(decode(piece)) - 1}${CLOSE}`
  }

  let at = declarationLength(text)
  while (at < text.length) {
    const open = text.indexOf('<', at)
    const end = open < 0 ? text.length : open
    checkReferences(text.slice(at, end), spent)
    // Blanks outside of the root are layout, however many; other text there is for the parser to refuse.
    if (end > at && (depth > 0 || end - at <= LONG || /\S/.test(text.slice(at, end)))) {
      put(text.slice(at, end), piece => decodeReferences(piece))
    }
    if (open < 0) break
    at = open
    if (text.startsWith('<![CDATA[', at)) {
      if (++spent.sections > LIMITS.sections) throw new XmlFault(`more than ${LIMITS.sections} CDATA sections`)
      const close = find(text, ']]>', at + 9)
      xml += '<![CDATA['
      put(text.slice(at + 9, close), piece => piece)
      xml += ']]>'
      at = close + 3
    } else if (text.startsWith('<!--', at)) {
      if (++spent.comments > LIMITS.comments) throw new XmlFault(`more than ${LIMITS.comments} comments`)
      at = find(text, '-->', at + 4) + 3
    } else if (text.startsWith('<!', at)) {
      throw new XmlFault(/^<!DOCTYPE/i.test(text.slice(at, at + 9)) ? 'a DOCTYPE' : 'a markup declaration')
    } else if (text.startsWith('<?', at)) {
      throw new XmlFault('a processing instruction')
    } else {
      if (text[at + 1] !== '/' && ++spent.elements > MAX_ELEMENTS) {
        throw new XmlFault(`more than ${MAX_ELEMENTS} elements`)
      }
      const close = tagEnd(text, at, spent)
      depth += text[at + 1] === '/' ? -1 : text[close - 2] === '/' ? 0 : 1
      if (depth < 0) throw new XmlFault('no well-formed XML')
      if (depth > MAX_DEPTH) throw new XmlFault(`more than ${MAX_DEPTH} levels`)
      xml += text.slice(at, close)
      at = close
    }
  }
  if (spent.elements > elements) throw new XmlFault(`more than ${elements} elements`)
  return { xml, textOf: piece => resolve(piece, texts) }
}

type Spent = Record<'elements' | 'attributes' | 'comments' | 'sections' | 'references', number>

/** Behind the tag that begins here; its name and attributes are paid for. */
function tagEnd (text: string, start: number, spent: Spent): number {
  let at = start + 1
  while (at < text.length && !isBlank(text[at] as string) && text[at] !== '>') {
    if (++at - start > MAX_NAME + 3) throw new XmlFault(`a name of more than ${MAX_NAME} characters`)
  }
  let quote = ''
  for (; at < text.length; at++) {
    const character = text[at] as string
    if (quote === '' && character === '>') return at + 1
    if (++spent.attributes > LIMITS.attributes) {
      throw new XmlFault(`more than ${LIMITS.attributes} characters of attributes`)
    }
    if (quote === '' ? character === '"' || character === "'" : character === quote) {
      quote = quote === '' ? character : ''
    }
  }
  throw new XmlFault('no well-formed XML')
}

/** Only at the very beginning, with what one may hold and nothing else. */
function declarationLength (text: string): number {
  if (!text.startsWith('<?xml')) return 0
  const [declaration] =
    /^<\?xml(\s{1,8}[a-z]{1,16}\s{0,8}=\s{0,8}("[^"<>]{0,64}"|'[^'<>]{0,64}')){0,4}\s{0,8}\?>/.exec(
      text.slice(0, 512)
    ) ?? []
  if (declaration === undefined) throw new XmlFault('a processing instruction')
  return declaration.length
}

function find (text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  if (at < 0) throw new XmlFault('no well-formed XML')
  return at
}

function isBlank (character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r'
}

/** As the parser would: a bare `&` is no XML. */
function checkReferences (text: string, spent: Spent): void {
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++spent.references > LIMITS.references) throw new XmlFault(`more than ${LIMITS.references} references`)
    if (!/^(\w{1,20}|#\d{1,20}|#x[\da-f]{1,20});/i.test(text.slice(at + 1, at + 24))) {
      throw new XmlFault('no well-formed XML')
    }
  }
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** In one pass, so that `&amp;lt;` stays `&lt;`. What XML does not define stays as it was sent. */
export function decodeReferences (text: string): string {
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (reference, name, decimal, hex) => {
    if (name !== undefined) return NAMED[name] ?? reference
    const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal)
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? reference : String.fromCodePoint(code)
  })
}

function resolve (piece: string, texts: readonly string[]): string {
  return piece.includes(OPEN)
    ? piece.replace(/\uE000(\d+)\uE001/g, (_all, index: string) => texts[Number(index)] as string)
    : piece
}
