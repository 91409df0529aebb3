import { execFileSync } from 'node:child_process'

/** The first processor drives, the last serves. `undefined` where there is no taskset, or one processor. */
const CORES = findCores()

function findCores (): { driver: number, server: number } | undefined {
  try {
    const list = execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const numbers = list.slice(list.lastIndexOf(':') + 1).match(/\d+/g)?.map(Number) ?? []
    const [first, last] = [numbers[0], numbers.at(-1)]
    return first === undefined || last === undefined || first === last ? undefined : { driver: first, server: last }
  } catch {
    return undefined
  }
}

/** For the heading of a table. */
export const PINNING = CORES === undefined
  ? 'not pinned: no taskset here, or one processor'
  : `servers on processor ${CORES.server}, driver on ${CORES.driver}`

/** Puts this process on the processor that drives. */
export function pinDriver (): void {
  if (CORES !== undefined) execFileSync('taskset', ['-acp', String(CORES.driver), String(process.pid)], { stdio: 'ignore' })
}

/** A command, on the processor that serves. */
export function pinned (command: string[]): string[] {
  return CORES === undefined ? command : ['taskset', '-c', String(CORES.server), ...command]
}
