'use strict'
// Of a project in CommonJS: prints what require() and import() of the package bring, as one line of JSON.
const warnings = []
process.on('warning', ({ message }) => { warnings.push(message) })

const Fastify = require('fastify')
const { wecom, createRouter, text } = require('fastify-wecom')
const { createWecomListener } = require('fastify-wecom/node')
const { newCredentials, sample, wecomClient } = require('fastify-wecom/testing')

const credentials = newCredentials('ww1')
const handler = createRouter().on('text', ({ Content }) => text(`required ${Content}`))

/** What WeCom sees of a URL. */
async function play (origin) {
  const client = wecomClient({ url: `${origin}/wecom`, credentials })
  const { ok } = await client.verify()
  const { text } = await client.send(sample('text', { ToUserName: 'ww1', Content: 'hi' }))
  return { ok, text }
}

async function viaFastify (plugin) {
  const app = Fastify()
  await app.register(plugin, { path: '/wecom', credentials, handler })
  const played = await play(await app.listen({ host: '127.0.0.1', port: 0 }))
  await app.close()
  return played
}

async function viaNode () {
  const listener = createWecomListener({ credentials, handler })
  const server = require('node:http').createServer(listener)
  await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const played = await play(`http://127.0.0.1:${server.address().port}`)
  server.close()
  await listener.close()
  return played
}

async function main () {
  const names = {}
  for (const subpath of process.argv.slice(2)) {
    const required = require(`fastify-wecom${subpath}`)
    const imported = await import(`fastify-wecom${subpath}`)
    const values = Object.keys(imported).map(name => required[name] === imported[name])
    names[subpath] = values.length > 0 && values.every(Boolean)
  }
  console.log(JSON.stringify({
    node: process.version,
    names,
    played: [
      await viaFastify(wecom),
      await viaFastify(require('fastify-wecom').default),
      await viaFastify(require('fastify-wecom')),
      await viaFastify((await import('fastify-wecom')).default),
      await viaNode()
    ],
    warnings
  }))
}

main()
