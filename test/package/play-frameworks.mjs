// Plays WeCom against one example of docs/frameworks.md and prints what came back. Runs in the consumer project.
import { Server } from 'node:net'
import { sample, wecomClient } from 'fastify-wecom/testing'
import { injectLambda } from './inject-lambda.mjs'

const [file, scheme = 'http'] = process.argv.slice(2)
const { WECOM_TOKEN: token, WECOM_ENCODING_AES_KEY: encodingAESKey, WECOM_RECEIVE_ID: receiveId } = process.env
const credentials = { token, encodingAESKey, receiveId }

/** The server that the example starts, which tells nobody. */
const listening = new Promise(resolve => {
  const { listen } = Server.prototype
  Server.prototype.listen = function (...args) {
    this.once('listening', () => { resolve(this) })
    return listen.apply(this, args)
  }
})

const { handler } = await import(file)
const path = file.includes('tenants') ? `/wecom/${receiveId}` : '/wecom/callback'
const origin = async () => `${scheme}://localhost:${(await listening).address().port}`
const client = wecomClient({ credentials, ...handler === undefined ? { url: await origin() + path } : { app: injectLambda(handler), path } })

const verified = await client.verify()
const reply = await client.send(sample('text', { Content: '你好' }))
const silent = await client.send(sample('event.subscribe'))
const forged = await client.send(sample('text'), { signature: '0'.repeat(40) })
console.log(JSON.stringify({ verified: verified.ok, status: reply.status, text: reply.text, problems: reply.problems, silent: silent.status, forged: [forged.status, forged.raw] }))
// Examples that close do so now; NestJS ends its process by the signal it was sent.
process.kill = () => { process.exit(0) }
if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0)
