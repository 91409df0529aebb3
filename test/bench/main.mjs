// npm run bench: CPU time per request, compared side by side in one process, several rounds, median of the rounds.
import { randomBytes, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import wecom, { text } from 'fastify-wecom'
import { createWecomCrypto } from 'fastify-wecom/crypto'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 2_000)
const credentials = { token: 'bench', encodingAESKey: randomBytes(32).toString('base64').slice(0, 43), receiveId: 'corp' }
const crypto = createWecomCrypto(credentials)

/** A fresh message every time: repeated ones would not run the handler. */
function makeRequest () {
  const message = `<xml><ToUserName>corp</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>${randomUUID()}</MsgId></xml>`
  const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(crypto.encryptMessage(message, { format: 'json' }))
  return { method: 'POST', url: '/cb', query: { msg_signature: msgsignature, timestamp, nonce }, payload: `<xml><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`, headers: { 'content-type': 'text/xml' } }
}

async function buildApp (options) {
  const app = Fastify()
  await app.register(wecom, { path: '/cb', credentials, handler: () => text('收到'), ...options })
  await app.ready()
  return app
}

/** Microseconds of CPU time for a request. */
async function measure (app) {
  const requests = Array.from({ length: REQUESTS }, makeRequest)
  globalThis.gc?.()
  const before = process.cpuUsage()
  for (const request of requests) {
    const { statusCode, body } = await app.inject(request)
    if (statusCode !== 200 || !body.startsWith('<xml><Encrypt>')) throw new Error(`unexpected answer ${statusCode}`)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / REQUESTS
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function compare (title, a, b) {
  const apps = [await buildApp(a.options), await buildApp(b.options)]
  for (const app of apps) await measure(app)
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0]
    const figures = []
    for (const index of order) figures[index] = await measure(apps[index])
    rounds.push(figures)
  }
  await Promise.all(apps.map(app => app.close()))
  const [first, second] = [0, 1].map(index => median(rounds.map(figures => figures[index])))
  const ratio = median(rounds.map(figures => figures[0] / figures[1]))
  console.log(`${title}: ${a.name} ${first.toFixed(1)} µs, ${b.name} ${second.toFixed(1)} µs of CPU a request; ratio ${ratio.toFixed(3)} (median of ${ROUNDS} rounds of ${REQUESTS} requests)`)
}

await compare('memory store', { name: 'with', options: {} }, { name: 'without', options: { store: false } })
