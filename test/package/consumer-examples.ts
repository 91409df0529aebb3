import { everyExample, type Example } from '../docs/examples.js'

const examples = everyExample()

/** Whether another test runs it, with what it needs. */
const isRunElsewhere = ({ page, code }: Example) => page === 'docs/bots.md' || /from '\.\//.test(code)

/** The servers among the examples, by what is particular to each. A page may show more of them; none may be lost. */
const SERVERS = {
  'a handler': /^ {2}handler: (async )?\(/m,
  'a route of its own': /^app\.post\(/m,
  'a router': /createRouter\(\)$/m,
  'a store in Redis': /store: redisStore\(/,
  'an inbox': /inbox: bullmqInbox\(/,
  'several credentials': /credentials: \[/,
  tenants: /path: '\/wecom\/:corpId'/,
  'the playground': /register\(playground/,
  Express: /wecomCallback\(/,
  'node:http': /createWecomListener\(/,
  'a receiver': /createReceiver\(/
}

/** Its variable. */
const SERVER = /^const (app|server) = /m
const SETTINGS = /\bWECOM_ENCODING_AES_KEY\b/

export interface RunExample {
  /** What it is called in the project, without `.ts`: says on which page it is. */
  file: string
  code: string
}

/** Every server that the pages show as a whole, each once. */
export const served: RunExample[] = examples
  .filter(example => SERVER.test(example.code) && SETTINGS.test(example.code) && !isRunElsewhere(example))
  .filter(({ code }, index, all) => all.findIndex(other => other.code === code) === index)
  .map(asRun)

/** The rest of what one reads first. */
export const readme: RunExample[] = examples.filter(({ page }) => page === 'README.md').map(asRun)

const lost = Object.entries(SERVERS).filter(([, mark]) => !examples.some(({ code }) => SERVER.test(code) && mark.test(code)))
if (lost.length > 0) throw new Error(`No page has the example of ${lost.map(([name]) => name).join(', ')} any more.`)

/** An example that has all the marks, wherever it is. */
export function exampleWith (...marks: string[]): RunExample {
  const found = examples.find(example => marks.every(mark => example.code.includes(mark)) && !isRunElsewhere(example))
  if (found === undefined) throw new Error(`No page has an example with ${marks.join(' and ')} any more.`)
  return asRun(found)
}

function asRun ({ page, name, code }: Example): RunExample {
  return { file: `${page.replace(/^docs\//, '').replace('.md', '')}.${name.replace(/\.ts$/, '')}`, code }
}
