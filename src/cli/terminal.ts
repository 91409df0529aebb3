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

/** Colours where a person looks (https://no-color.org), none where a program reads. */
export function createTerminal (out: Stream, err: Stream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const secrets: Array<[secret: string, name: string]> = []
  const clean = (text: string) => secrets.reduce((cleaned, [secret, name]) => withoutBeginnings(cleaned.replaceAll(secret, `<${name}>`), secret, name), text)
  const wanted = out.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  return {
    print: (line = '') => { out.write(`${clean(line)}\n`) },
    note: line => { err.write(`${clean(line)}\n`) },
    colour: wanted ? COLOURS : PLAIN,
    // A server may send them back in an error page.
    hide: (secret, name) => { if (!isOrdinary(secret)) secrets.push([secret, name]) }
  }
}

/** A token such as `test` or `wrong` stands in our own texts and codes, too: hidden, it would tear holes into them, and tell what it is. */
function isOrdinary (secret: string): boolean {
  return secret.length < 4 || /^[A-Za-z]?[a-z-]{0,11}$/.test(secret)
}

/** Texts are cut before they come here: what is left of a secret is one still. */
function withoutBeginnings (text: string, secret: string, name: string): string {
  let cleaned = text
  for (let length = secret.length - 1; length >= 8; length--) cleaned = cleaned.replaceAll(`${secret.slice(0, length)}…`, `<${name}>…`)
  return cleaned
}

const paint = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`
const COLOURS: Colours = { red: paint(31, 39), green: paint(32, 39), yellow: paint(33, 39), cyan: paint(36, 39), dim: paint(2, 22), bold: paint(1, 22) }
const same = (text: string) => text
const PLAIN: Colours = { red: same, green: same, yellow: same, cyan: same, dim: same, bold: same }

/**
 * Text of a stranger, fit for a terminal: control characters, which could move the cursor or recolour what is printed next, become visible;
 * long text is cut.
 */
export function harmless (text: string, limit = 4000): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this makes visible
  const visible = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return visible.length > limit ? `${visible.slice(0, limit)}… (${visible.length - limit} more characters)` : visible
}

/** Runs something that may take long, telling every few seconds that it is still at it. */
export async function withProgress<Result> ({ note }: Terminal, what: string, run: () => Promise<Result>): Promise<Result> {
  const started = performance.now()
  const timer = setInterval(() => { note(`… ${what}, ${Math.round((performance.now() - started) / 1000)} s`) }, 2000)
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}
