// A million distinct messages through the memory store with its default bound; prints memory every 100,000.
import { createHash } from 'node:crypto'
import { memoryStore } from 'fastify-wecom'

const MESSAGES = Number(process.argv[2] ?? 1_000_000)
const store = memoryStore()
const options = { keepUntil: Date.now() + 3_600_000, warn: () => {} }
const heaps = []
for (let message = 1; message <= MESSAGES; message++) {
  const attempt = await store.attach(createHash('sha256').update(String(message)).digest('base64url'), options)
  await attempt.run.settle({ state: 'done', reply: '<xml/>' })
  attempt.detach()
  if (message % (MESSAGES / 10) !== 0) continue
  globalThis.gc()
  const { rss, heapUsed } = process.memoryUsage()
  heaps.push(heapUsed)
  console.log(`${message} messages: RSS ${(rss / 2 ** 20).toFixed(0)} MiB, heap ${(heapUsed / 2 ** 20).toFixed(1)} MiB`)
}
const last = createHash('sha256').update(String(MESSAGES)).digest('base64url')
console.log(JSON.stringify({ heaps, remembersTheLast: (await store.attach(last, options)).run === undefined }))
