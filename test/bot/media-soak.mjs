// How much memory one medium of 100 MB takes: a process serves it, this one opens it and counts.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { openMedia } from '../../dist/index.js'
import { fakeMedia } from '../../dist/testing/index.js'

const BYTES = 100 * 2 ** 20

if (process.argv[2] === 'serve') {
  const media = await fakeMedia()
  const data = Buffer.alloc(BYTES, 'media of a hundred megabytes ')
  const file = (bytes, length) => media.add(data.subarray(0, bytes), { length })
  process.send({ origin: media.origin, aesKey: media.aesKey, small: file(2 ** 20, true), large: file(BYTES, true), unknown: file(BYTES, false), sha: createHash('sha256').update(data).digest('hex') })
  process.on('disconnect', () => { process.exit() })
} else {
  const server = fork(fileURLToPath(import.meta.url), ['serve'])
  const [{ origin, aesKey, small, large, unknown, sha }] = await once(server, 'message')
  const read = async (url, whenRead = () => {}) => {
    const { stream } = await openMedia(url, { aesKey, hosts: [origin] })
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of stream) {
      hash.update(piece)
      bytes += piece.length
      whenRead()
    }
    return { bytes, whole: hash.digest('hex') === sha }
  }
  // What Node.js loads and compiles for the first is no growth.
  for (let i = 0; i < 3; i++) await read(small)
  globalThis.gc()
  const before = process.memoryUsage().rss
  for (const url of [large, unknown]) {
    // What the one before has left behind is not this one's.
    globalThis.gc()
    let most = 0
    const started = performance.now()
    const { bytes, whole } = await read(url, () => { most = Math.max(most, process.memoryUsage.rss()) })
    console.log(JSON.stringify({ bytes, whole, growth: most - before, ms: Math.round(performance.now() - started) }))
  }
  server.disconnect()
}
