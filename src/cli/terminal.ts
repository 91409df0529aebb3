import { styleText } from 'node:util'

/** Where a command writes, and how. */
export interface Terminal {
  /** A line of the result, to standard output. */
  print (line?: string): void
  /** A line about what is going on, to standard error. */
  note (line: string): void
  colour: Colours
  /** From now on the text is replaced by a placeholder wherever it would be printed. */
  hide (secret: string, name: string): void
}

export type Colours = Record<'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold', (text: string) => string>

interface Stream {
  write (text: string): unknown
  isTTY?: boolean
}

/**
 * Colours where a person looks, none where a program reads; FORCE_COLOR and NO_COLOR (https://no-color.org) change
 * that, as in Node itself.
 */
export function createTerminal (out: Stream, err: Stream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const secrets: Array<[secret: string, name: string]> = []
  const clean = (text: string) =>
    secrets.reduce(
      (cleaned, [secret, name]) => withoutBeginnings(cleaned.replaceAll(secret, `<${name}>`), secret, name),
      text
    )
  return {
    print: (line = '') => { out.write(`${clean(line)}\n`) },
    note: line => { err.write(`${clean(line)}\n`) },
    colour: wantsColour(out, env) ? COLOURS : PLAIN,
    // A server may send them back in an error page.
    hide: (secret, name) => { if (!isOrdinary(secret)) secrets.push([secret, name]) }
  }
}

/**
 * A token such as `test` or `wrong` stands in our own texts and codes, too: hidden, it would tear holes into them, and
 * tell what it is.
 */
function isOrdinary (secret: string): boolean {
  return secret.length < 4 || /^[A-Za-z]?[a-z-]{0,11}$/.test(secret)
}

/** Texts are cut before they come here: what is left of a secret is one still. */
function withoutBeginnings (text: string, secret: string, name: string): string {
  let cleaned = text
  for (let length = secret.length - 1; length >= 8; length--) {
    cleaned = cleaned.replaceAll(`${secret.slice(0, length)}…`, `<${name}>…`)
  }
  return cleaned
}

/** FORCE_COLOR goes before NO_COLOR, and 0 or false in it means none: the rules of tty.WriteStream.getColorDepth. */
function wantsColour (
  { isTTY }: Stream,
  {
    FORCE_COLOR: force,
    NO_COLOR: no,
    NODE_DISABLE_COLORS: disabled,
    TERM: term
  }: Readonly<Record<string, string | undefined>>
): boolean {
  if (force !== undefined) return ['', '1', 'true', '2', '3'].includes(force)
  return isTTY === true && (no ?? '') === '' && (disabled ?? '') === '' && term !== 'dumb'
}

// Whether to colour is decided above, for the stream that is written to. styleText's own check differs between Node 20,
// 22 and 24 (Node 20 leaves it out for lists of formats), and refuses a stream that is no Node.js stream.
const paint = (format: keyof Colours) => (text: string) => styleText(format, text, { validateStream: false })
const COLOURS: Colours = {
  red: paint('red'),
  green: paint('green'),
  yellow: paint('yellow'),
  cyan: paint('cyan'),
  dim: paint('dim'),
  bold: paint('bold')
}
const same = (text: string) => text
const PLAIN: Colours = { red: same, green: same, yellow: same, cyan: same, dim: same, bold: same }

/**
 * Text of a stranger, fit for a terminal: control characters, which could move the cursor or recolour what is printed
 * next, become visible; long text is cut.
 */
export function harmless (text: string, limit = 4000): string {
  const visible = text.replace(
    // eslint-disable-next-line no-control-regex -- control characters are what this makes visible
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  return visible.length > limit ? `${visible.slice(0, limit)}… (${visible.length - limit} more characters)` : visible
}

/** Runs something that may take long, telling every few seconds that it is still at it. */
export async function withProgress<Result> (
  { note }: Terminal,
  what: string,
  run: () => Promise<Result>
): Promise<Result> {
  const started = performance.now()
  const timer = setInterval(() => { note(`… ${what}, ${Math.round((performance.now() - started) / 1000)} s`) }, 2000)
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}
