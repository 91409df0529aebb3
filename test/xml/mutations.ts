import { readFileSync } from 'node:fs'
import { entries } from '../message/independent.js'
import { LIBRARIES, readHostile, readVectors } from '../support/vectors.js'
import { numbers, randomTexts, xmlMessage } from '../support/texts.js'

const isXml = (text: string | undefined): text is string => text?.trim().startsWith('<') === true
export const FIELD_CASES = readFileSync(new URL('../field/cases.jsonl', import.meta.url), 'utf8').trimEnd().split('\n')
  .map(line => (JSON.parse(line) as { payload: string }).payload).filter(isXml)

/** What WeCom itself writes: the samples of its documents, and what its servers and libraries sent. */
export const SAMPLES = entries.flatMap(({ samples }) => samples.map(({ xml }) => xml)).filter(isXml)
const vectors = [...LIBRARIES, 'wecom-real' as const].flatMap(readVectors)
const hostile = readHostile()
export const MESSAGES = [...vectors, ...hostile].map(({ plaintext }) => plaintext).filter(isXml)
export const ENVELOPES = vectors.map(({ body }) => body).filter(isXml)
export const HOSTILE = hostile.flatMap(({ body, plaintext }) => [body, plaintext]).filter(isXml)

/** Forms that WeCom writes nowhere, but which lie next to those that it does. */
const FORMS = [
  '<xml>\n <A>1</A>\n\t<B> <C>2</C>\n<C><![CDATA[3]]></C> </B>\n</xml>', '<xml><A> </A><B></B><C><![CDATA[]]></C></xml>',
  '<xml><MsgType><![CDATA[event]]></MsgType><Event><EventType><![CDATA[x]]></EventType></Event><Event><EventType>y</EventType></Event></xml>',
  '<xml><Encrypt>\n AAAA \n</Encrypt><ToUserName><![CDATA[ww1]]></ToUserName><AgentID>1</AgentID></xml>',
  `<xml><A>${'x'.repeat(70)}</A><B><![CDATA[${'文'.repeat(70)}]]></B><C>\uE0000\uE001</C></xml>`,
  ...randomTexts(20, 7)].map(text => isXml(text) ? text : xmlMessage(text))

export const SEEDS = [...new Set([...SAMPLES, ...MESSAGES, ...ENVELOPES, ...HOSTILE, ...FIELD_CASES, ...FORMS])].filter(text => text.length < 4000)

/** Markup, what reads like it, and what other readers stumble over. */
const PIECES = [
  ']]>', ']]', ']', '>', '<', '</', '/>', '<![CDATA[', '<![CDATA[x]]>', '<![CDATA[]]>', ']]]]><![CDATA[>', ']]></Content>', ']]></xml>', '</xml>', '<xml>', '<!-- c -->', '<?x?>', '<!DOCTYPE a>', '<?xml version="1.0"?>',
  '&', '&amp;', '&lt;', '&#65;', '&#x;', '\r', '\r\n', '\n', ' ', '\t', '\u00a0', '\u3000', '\u000b', '\uFEFF', '\u0000', '\u0085', '\u2028', '\uE000', '\uE001', '\uE0000\uE001', '\ud83d', '😀', '中', ' a="1"', ' a=">"', '"', "'", '/', '=', '.', ':', '-', '_',
  '<a/>', '<a></a>', '<a>1</a>', '<a>1</a><a>2</a>', '<a><b>1</b></a>', '<a> <b>1</b> </a>', '<a>\n</a>', '<a><![CDATA[1]]></a>', '<a', '</a', '<a >', '</a >', '<a.b>1</a.b>', '<Event.EventType>x</Event.EventType>', '<a:b>1</a:b>', '<1>1</1>', '<中>1</中>', '<_a>1</_a>', '<a-b>1</a-b>',
  '<__proto__>1</__proto__>', '<constructor>1</constructor>', '<prototype>1</prototype>', '<toString>1</toString>', '<hasOwnProperty>1</hasOwnProperty>', '<length>1</length>', '<0>1</0>', `<${'n'.repeat(128)}>1</${'n'.repeat(128)}>`, `<${'n'.repeat(129)}>1</${'n'.repeat(129)}>`,
  '<MsgType>event</MsgType>', '<MsgType><a>1</a></MsgType>', '<Event>x</Event>', '<Event><EventType>x</EventType></Event>', '<Event><EventType><a>x</a></EventType></Event>', '<ToUserName>a</ToUserName>', '<FromUserName><![CDATA[boss]]></FromUserName>', '<InfoType>x</InfoType>', '<ChatType>x</ChatType>',
  '<Encrypt>AAAA</Encrypt>', '<Encrypt><a/></Encrypt>', '<Encrypt> </Encrypt>', '<AgentID><a>1</a></AgentID>', '<PicList><item><a>1</a></item><item><a>2</a></item></PicList>', '<SelectedItem><a>1</a></SelectedItem>', 'x'.repeat(70), ' '.repeat(70), '<a>'.repeat(31), '</a>'.repeat(31), ...[29, 30, 31, 32, 33].map(levels => '<a>'.repeat(levels) + '1' + '</a>'.repeat(levels))
]

/** Documents with up to four mutations each, the same in every run of a seed. Short ones come more often: they are quicker. */
export function * mutations (count: number, seed: number): Generator<string> {
  const next = numbers(seed)
  const pick = <Item> (items: readonly Item[]): Item => items[next() % items.length] as Item

  for (let number = 0; number < count; number++) {
    const [one, other] = [pick(SEEDS), pick(SEEDS)]
    let text = one.length < other.length ? one : other
    for (let changes = 1 + next() % 4; changes > 0; changes--) text = change(text)
    yield text
  }

  function change (text: string): string {
    const from = next() % (text.length + 1)
    const insert = text.slice(0, from) + pick(PIECES) + text.slice(from)
    const [start, end] = pick([elementAt, tagAt, tagAt, anything])(text, from)
    const [before, cut, behind] = [text.slice(0, start), text.slice(start, end), text.slice(end)]
    switch (next() % 8) {
      case 0: return insert
      case 1: return before + pick(PIECES) + behind
      case 2: return before + pick(PIECES) + cut + behind
      case 3: return before + behind
      case 4: return before + cut + cut + behind
      case 5: return before + other(elementAt) + cut + behind
      case 6: return before + other(tagAt) + behind
      default: return swapped(text, start, end)
    }
  }

  function other (what: typeof tagAt): string {
    const text = pick(SEEDS)
    return text.slice(...what(text, next() % text.length))
  }

  /** With what stands somewhere behind it. */
  function swapped (text: string, start: number, end: number): string {
    const [from, to] = pick([elementAt, tagAt])(text, end + next() % (text.length - end + 1))
    return from < end ? text : text.slice(0, start) + text.slice(from, to) + text.slice(end, from) + text.slice(start, end) + text.slice(to)
  }

  function anything (text: string, from: number): [number, number] {
    return [from, Math.min(text.length, from + next() % 30)]
  }
}

/** The first tag, section or end of one behind a place. */
function tagAt (text: string, from: number): [number, number] {
  const start = text.indexOf('<', from)
  const end = text.indexOf('>', start)
  return start < 0 || end < 0 ? [from, from] : [start, end + 1]
}

function elementAt (text: string, from: number): [number, number] {
  const [start, end] = tagAt(text, from)
  const closing = `</${text.slice(start + 1, end)}`
  const close = text.indexOf(closing, end)
  return close < 0 ? [start, end] : [start, close + closing.length]
}
