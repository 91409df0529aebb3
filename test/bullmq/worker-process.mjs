// A worker in a process of its own, which tests may kill. It runs what `npm run build` made. Prints a line of JSON for each
// thing that happens.
import { appendFileSync, closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createInboxWorker } from '../../dist/bullmq/index.js'

const { port, encryptionKey, effects, hang, handlerMs = 0, closeGrace = 1_000 } = JSON.parse(process.env.INBOX_WORKER)
const say = line => { process.stdout.write(`${JSON.stringify(line)}\n`) }
const quiet = { level: 'silent', fatal () {}, error () {}, warn () {}, info () {}, debug () {}, trace () {}, silent () {}, child: () => quiet }

const worker = createInboxWorker(async (message, { key, attempt, signal }) => {
  say({ started: message.UserID, attempt })
  signal.addEventListener('abort', () => { say({ aborted: message.UserID }) })
  if (message.UserID === hang) await sleep(600_000)
  if (effects === undefined) return
  // Half of the time before the effect and half after it, so that a kill hits either.
  appendFileSync(join(effects, 'started'), `${key}\n`)
  await sleep(handlerMs / 2)
  try {
    // The effect: once per key, whoever gets here first.
    closeSync(openSync(join(effects, key), 'wx'))
    appendFileSync(join(effects, 'effects'), `${key}\n`)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  await sleep(handlerMs / 2)
}, {
  connection: { host: '127.0.0.1', port },
  encryptionKey,
  closeGrace,
  concurrency: 20,
  // A second or two instead of half a minute, as tests wait for it.
  lockDuration: 2_000,
  stalledInterval: 500,
  maxStalledCount: 100,
  log: quiet,
  onOutcome: ({ outcome, attempt }) => { say({ outcome, attempt }) }
})
process.once('SIGTERM', () => {
  // No process.exit(): the process must end by itself.
  worker.close().then(() => { say({ closed: true }) })
})
say({ ready: true })
