import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Question } from './server-process.js'

// A server of several processes on one port; its parent asks it as it does a single one, and gets the sum.

const [workers = '1', ...args] = process.argv.slice(2)

cluster.setupPrimary({ exec: fileURLToPath(new URL('server-process.js', import.meta.url)), args })
process.on('disconnect', () => process.exit())
const all = Array.from({ length: Number(workers) }, () => cluster.fork())
// The first answer of each is the port, which they share.
const [port] = await Promise.all(all.map(answer))
process.on('message', async (question: Question) => {
  const answers = all.map(answer)
  for (const worker of all) worker.send(question)
  const figures = await Promise.all(answers)
  process.send?.({ answer: figures.reduce((sum, figure) => sum + figure, 0) })
})
process.send?.({ answer: port })

async function answer (worker: Worker): Promise<number> {
  return await new Promise(resolve => worker.once('message', ({ answer }: { answer: number }) => resolve(answer)))
}
