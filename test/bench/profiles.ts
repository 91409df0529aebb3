import type { HeapProfiler, Profiler } from 'node:inspector'
import { table } from './figures.js'

/** What is spent by a function itself, without what it calls. */
export interface Spent {
  functionName: string
  /** A file of dist, a package, or a part of Node.js. */
  place: string
  line: number
  amount: number
}

/** Bytes by function. */
export function allocatedBy (head: HeapProfiler.SamplingHeapProfileNode): Spent[] {
  const spent: Spent[] = []
  const left = [head]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    spent.push(spentBy(node.callFrame, node.selfSize))
    left.push(...node.children)
  }
  return spent
}

/** Microseconds by function; what the driver kept waiting is left out. */
export function timeBy ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Spent[] {
  const time = new Map<number, number>()
  samples.forEach((id, index) => time.set(id, (time.get(id) ?? 0) + timeDeltas[index]!))
  return nodes
    .filter(({ callFrame }) => callFrame.functionName !== '(idle)')
    .map(({ id, callFrame }) => spentBy(callFrame, time.get(id) ?? 0))
}

type CallFrame = Profiler.Profile['nodes'][number]['callFrame']

function spentBy ({ functionName, url, lineNumber }: CallFrame, amount: number): Spent {
  return { functionName: functionName || '(anonymous)', place: placeOf(url), line: lineNumber + 1, amount }
}

function placeOf (url: string): string {
  const packaged = url.split('/node_modules/').at(-1)!
  if (packaged !== url) return packaged.split('/').slice(0, packaged.startsWith('@') ? 2 : 1).join('/')
  const [, file] = url.split('/dist/')
  if (file !== undefined) return `dist/${file}`
  if (url === '') return '(V8)'
  return url.startsWith('node:') ? url : url.split('/').slice(-2).join('/')
}

/** Adds up what has the same name. */
export function sumBy (spent: readonly Spent[], name: (one: Spent) => string): Array<[string, number]> {
  const sums = new Map<string, number>()
  for (const one of spent) sums.set(name(one), (sums.get(name(one)) ?? 0) + one.amount)
  return [...sums].filter(([, amount]) => amount > 0).sort(([, a], [, b]) => b - a)
}

export const byPlace = ({ place }: Spent): string => place
export const byFunction = ({ functionName, place, line }: Spent): string => `${functionName} ${place}:${line}`

/** The greatest sums, each for one request and as a share of all. */
export function spentTable (heading: string, unit: string, sums: ReadonlyArray<[string, number]>, requests: number, rows = 40): string {
  const total = sums.reduce((sum, [, amount]) => sum + amount, 0)
  const line = (name: string, amount: number): string[] => [name, (amount / requests).toFixed(1), `${(100 * amount / total).toFixed(1)} %`]
  return table([heading, unit, 'share'], [...sums.slice(0, rows).map(([name, amount]) => line(name, amount)), line('all', total)])
}
