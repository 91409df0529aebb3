/** Milliseconds for people. */
export function duration (ms: number): string {
  if (ms < 1) return '< 1 ms'
  if (ms < 10) return `${ms.toFixed(1)} ms`
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

/** XML or JSON on lines of its own, for reading; anything else as it is. */
export function pretty (text: string): string {
  const trimmed = text.trim()
  try {
    if (/^[{[]/.test(trimmed)) return isDeep(trimmed) ? text : JSON.stringify(JSON.parse(trimmed), null, 2)
    if (trimmed.startsWith('<')) return prettyXml(trimmed)
  } catch {}
  return text
}

/** What is indented no further: else the blanks of a deep nest would be its depth squared. */
const DEEPEST = 64

function isDeep (json: string): boolean {
  let depth = 0
  for (const mark of json.match(/[{}[\]]/g) ?? []) {
    depth += mark === '{' || mark === '[' ? 1 : -1
    if (depth > DEEPEST) return true
  }
  return false
}

// What is not closed takes the rest: each character is looked at once, whatever a stranger sends.
const XML_TOKEN = /<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<[^>]*(?:>|$)|[^<]+/g

function prettyXml (text: string): string {
  let depth = 0
  let line = ''
  const lines: string[] = []
  const end = () => {
    if (line !== '') lines.push(line)
    line = ''
  }
  let closed = true
  for (const token of text.match(XML_TOKEN) ?? []) {
    const isClosing = token.startsWith('</')
    const isOpening = token.startsWith('<') && !isClosing && !token.startsWith('<![')
    if (isClosing) depth--
    if (isOpening || (isClosing && closed)) end()
    if (line === '') line = '  '.repeat(Math.min(DEEPEST, Math.max(0, depth)))
    line += token
    if (isClosing) end()
    if (isOpening && !token.endsWith('/>')) depth++
    closed = isClosing || token.endsWith('/>')
  }
  end()
  return lines.join('\n')
}

export type Token = [text: string, kind: 'name' | 'text' | 'number' | 'mark' | 'plain']

const JSON_TOKEN =
  /("(?:[^"\\]|\\[\s\S]?)*(?:"|$))(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([^"\d-]+|.)/g

/** What is what in a text, for colours. Long texts stay without. */
export function tokens (text: string): Token[] {
  if (text.length > 40_000) return [[text, 'plain']]
  if (/^\s*[{[]/.test(text)) {
    return [...text.matchAll(JSON_TOKEN)].flatMap(([, string, colon, number, other]): Token[] => {
      if (string !== undefined) return colon === undefined ? [[string, 'text']] : [[string, 'name'], [colon, 'mark']]
      return number !== undefined ? [[number, 'number']] : [[other ?? '', 'mark']]
    })
  }
  if (!/^\s*</.test(text)) return [[text, 'plain']]
  return (text.match(XML_TOKEN) ?? []).flatMap((token): Token[] => {
    if (token.startsWith('<![CDATA[')) {
      return token.endsWith(']]>')
        ? [
            ['<![CDATA[', 'mark'],
            [token.slice(9, -3), 'text'],
            [']]>', 'mark']
          ]
        : [
            ['<![CDATA[', 'mark'],
            [token.slice(9), 'text']
          ]
    }
    return [[token, token.startsWith('<') ? 'name' : 'text']]
  })
}
