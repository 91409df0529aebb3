// Both forms of the plugin over HTTP with the Fastify that is installed here; prints what came back.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import wecom, { text } from 'fastify-wecom'
import { sample, wecomClient } from 'fastify-wecom/testing'

const credentials = { token: 'QDG6eK', encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', receiveId: 'ww5823bf96d3bd56c7' }
const app = Fastify()
await app.register(wecom, { path: '/a', credentials, handler: request => text(`a ${request.wecomMessage.Content}`) })
await app.register(wecom, { path: '/b', credentials })
app.post('/b', async (request, reply) => reply.encrypted(text(`b ${request.wecomMessage.Content}`)))
let runs = 0
await app.register(wecom, { path: '/slow', credentials, bodyTimeout: 200, handler: async () => { runs++; await sleep(500); return text('slow') } })
app.post('/json', async request => request.body)
await app.listen({ host: '127.0.0.1', port: 0 })
const origin = `http://127.0.0.1:${app.server.address().port}`
const results = { version: app.version }
for (const path of ['/a', '/b']) {
  const client = wecomClient({ url: origin + path, credentials })
  const { ok: verified } = await client.verify()
  const { status, text: answered } = await client.send(sample('text', { Content: 'hi' }))
  const forged = await fetch(`${origin}${path}?msg_signature=${'0'.repeat(40)}&timestamp=${Math.floor(Date.now() / 1000)}&nonce=1`, { method: 'POST', body: '<xml><Encrypt>x</Encrypt></xml>' })
  results[path] = { verified, status, answered, forged: forged.status }
}
const headers = { 'content-type': 'application/json' }
// A type that only our own route gives a request: whoever sends it to another route must not end the process.
results.foreign = (await fetch(`${origin}/json`, { method: 'POST', headers: { 'content-type': 'application/x-wecom-callback' }, body: 'x' })).status
results.json = await (await fetch(`${origin}/json`, { method: 'POST', headers, body: '{"a":1}' })).json()
// WeCom hangs up on a slow handler, and its retry collects the reply of the one run.
const slow = wecomClient({ url: `${origin}/slow`, credentials })
const { query, headers: sent, body } = await slow.seal(sample('text', { MsgId: '1' }))
const post = signal => fetch(`${origin}/slow?${new URLSearchParams(query)}`, { method: 'POST', headers: sent, body, signal })
const hungUp = await post(AbortSignal.timeout(200)).then(() => 'answered', () => 'hung up')
results.slow = { hungUp, status: (await post()).status, runs }
// A body that stalls is refused, and its connection ends.
const socket = connect(app.server.address().port, '127.0.0.1')
socket.write(`POST /slow?${new URLSearchParams(query)} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`)
let stalled = ''
socket.on('data', data => { stalled += data })
await Promise.race([new Promise(resolve => socket.once('close', resolve)), sleep(5_000).then(() => { stalled = `stays open after: ${stalled}` })])
socket.destroy()
results.stalled = stalled.slice(0, stalled.indexOf('\r'))
// fetch() may keep a connection that never had a request, which older versions of Fastify wait for.
const closed = app.close()
app.server.closeAllConnections()
await closed
console.log(JSON.stringify(results))
