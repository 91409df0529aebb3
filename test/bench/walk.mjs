// How often one text message crosses from one file of src to another, and how many files it enters: of a build in
// which each function says so. `npm run build && node test/bench/walk.mjs [fastify|node]`; with a door, the files in order.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Fastify from 'fastify'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')
const copy = join(root, 'coverage/.walk')

rmSync(copy, { recursive: true, force: true })
cpSync(join(root, 'dist'), copy, { recursive: true })
for (const name of readdirSync(copy, { recursive: true })) {
  if (!/\.js$/.test(name) || /^(cli|playground|testing)\b/.test(name)) continue
  writeFileSync(join(copy, name), instrument(name, readFileSync(join(copy, name), 'utf8')))
}

const { wecom, text } = await load('index.js')
const { createWecomListener } = await load('node/index.js')
const { newCredentials, sample, wecomClient } = await load('testing/index.js')
const credentials = newCredentials('ww5823bf96d3bd56c7')
const app = Fastify()
await app.register(wecom, { path: '/', credentials, handler: ({ wecom: { sender } }) => text(`你好 ${sender}`) })
await app.listen({ port: 0, host: '127.0.0.1' })
const server = createServer(createWecomListener({ credentials, handler: (_message, { sender }) => text(`你好 ${sender}`) }))
await once(server.listen(0, '127.0.0.1'), 'listening')

for (const [door, { port }] of [['fastify', app.server.address()], ['node', server.address()]]) {
  const url = `http://127.0.0.1:${port}/`
  const client = wecomClient({ credentials, url })
  // The second: the first one loads what is loaded late.
  for (const MsgId of ['1', '2']) {
    const { query, headers, body } = await client.seal(sample('text', { MsgId }))
    const walk = []
    globalThis.entered = name => { if (walk.at(-1) !== name) walk.push(name) }
    await (await fetch(`${url}?${new URLSearchParams(query)}`, { method: 'POST', headers, body })).text()
    delete globalThis.entered
    if (MsgId === '1') continue
    console.log(`${door}: ${walk.length - 1} changes over ${new Set(walk).size} files`)
    if (process.argv[2] === door) console.log(walk.join('\n'))
  }
}
await app.close()
server.close()
server.closeAllConnections()

async function load (name) {
  return await import(pathToFileURL(join(copy, name)).href)
}

/** Each function begins by naming its file; a constructor once it has its `this`. */
function instrument (name, code) {
  const call = `globalThis.entered?.(${JSON.stringify(name)})`
  const insertions = []
  const visit = node => {
    const { body } = node
    if (ts.isFunctionLike(node) && body !== undefined) {
      if (ts.isBlock(body)) {
        const first = body.statements[0]
        const isSuper = first !== undefined && /^super\(/.test(first.getText(source))
        insertions.push([isSuper ? first.end : body.getStart(source) + 1, `;${call};`])
      } else {
        insertions.push([body.getStart(source), `(${call}, (`], [body.end, '))'])
      }
    }
    ts.forEachChild(node, visit)
  }
  const source = ts.createSourceFile(name, code, ts.ScriptTarget.Latest)
  visit(source)
  return insertions
    .map((insertion, index) => [...insertion, index])
    .sort(([a, , one], [b, , other]) => b - a || other - one)
    .reduce((text, [at, added]) => text.slice(0, at) + added + text.slice(at), code)
}
