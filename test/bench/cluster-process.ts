import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { cpuTime } from './cpu.js'
import { pin } from './pin.js'
import type { Question } from './server-process.js'

// A server of several processes on one port, each on a processor of its own. Its parent asks it as it does a single one,
// and gets a list of answers.

const [cores = '[]', ...args] = process.argv.slice(2)

cluster.setupPrimary({ exec: fileURLToPath(new URL('server-process.js', import.meta.url)), args })
process.on('disconnect', () => process.exit())
const all = (JSON.parse(cores) as number[]).map(core => {
  const worker = cluster.fork()
  pin(worker.process.pid!, [core])
  return worker
})
// The first answer of each is the port, which they share.
const [port] = await Promise.all(all.map(answer))
process.on('message', async (question: Question) => {
  const answers = all.map(answer)
  for (const worker of all) worker.send(question)
  const figures = await Promise.all(answers)
  // This process hands out the connections, so its time counts too.
  process.send?.({ answer: question === 'usage' ? [cpuTime(), ...figures] : figures })
})
process.send?.({ answer: port })

async function answer (worker: Worker): Promise<number> {
  return await new Promise(resolve => worker.once('message', ({ answer }: { answer: number }) => resolve(answer)))
}
