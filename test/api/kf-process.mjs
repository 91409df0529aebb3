// Follows a customer-service account by the recipe of docs/sending.md, in a process of its own that keeps its cursors and what it handled in files.
// Arguments: the module with the recipe, settings of createWecomApi, the directory of the files, the msgid from which it never comes back.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWecomApi } from 'fastify-wecom/api'

const [recipe, settings, directory, fatal] = process.argv.slice(2)
const { customerService } = await import(recipe)
const file = name => join(directory, name)

const cursors = {
  get: async name => existsSync(file(name)) ? readFileSync(file(name), 'utf8') : undefined,
  set: async (name, value) => { writeFileSync(file(name), value) }
}

const { catchUp } = customerService(createWecomApi(JSON.parse(settings)), cursors, async ({ msgid }) => {
  if (msgid === fatal) {
    process.send('stuck')
    await new Promise(resolve => { setTimeout(resolve, 60_000) })
  }
  appendFileSync(file('handled'), `${msgid}\n`)
})
await catchUp('wkA')
