import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const ALLOWED = allowed()

/** The processors that this process may use; the system decides who uses which where there is no taskset. */
export const CORES: readonly number[] = ALLOWED ?? Array.from({ length: availableParallelism() }, (_, core) => core)

/** The first processor drives, the last serves. */
const [DRIVER, SERVER] = [CORES[0]!, CORES.at(-1)!]

function allowed (): number[] | undefined {
  try {
    const list = execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return [...list.slice(list.lastIndexOf(':') + 1).matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index))
  } catch {
    return undefined
  }
}

/** For the heading of a table. */
export const PINNING = ALLOWED === undefined ? 'not pinned: no taskset here' : `servers on processor ${SERVER}, driver on ${DRIVER}`

/** Puts a process on these processors. */
export function pin (pid: number, cores: readonly number[]): void {
  if (ALLOWED !== undefined) execFileSync('taskset', ['-acp', cores.join(), String(pid)], { stdio: 'ignore' })
}

/** Puts this process on the processor that drives. */
export function pinDriver (): void {
  pin(process.pid, [DRIVER])
}

/** A command, on the processor that serves. */
export function pinned (command: string[]): string[] {
  return ALLOWED === undefined ? command : ['taskset', '-c', String(SERVER), ...command]
}
