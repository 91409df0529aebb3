import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is left on the heap once everything that nobody holds is collected, in bytes. */
export function heldHeap (): number {
  collect()
  return process.memoryUsage().heapUsed
}
