import { readdirSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRouter, type MessageKey } from '../../src/index.js'
import { appWith, send } from './callback.ts'
import { asJson, entries } from './independent.ts'

type Expected = Record<string, object[]>
const expected: Expected = Object.assign({}, ...await Promise.all(
  readdirSync(new URL('expected/', import.meta.url)).map(async file => (await import(`./expected/${file.slice(0, -3)}.ts`) as { expected: Expected }).expected)
))

let app: FastifyInstance
let seen: { key: string, kind: string, message: unknown } | undefined

beforeAll(async () => {
  const router = createRouter().onUnhandled(message => { throw new Error(`no handler for ${JSON.stringify(message)}`) })
  for (const key of entries.map(entry => entry.key as MessageKey)) {
    router.on(key, (message, { kind }) => { seen = { key, kind, message } })
  }
  app = await appWith(router)
})
afterAll(async () => { await app.close() })

const samples = entries.flatMap(entry => entry.samples.flatMap(({ xml, json }, number) => [
  ...(xml === undefined ? [] : [{ entry, number, format: 'XML', text: xml }, { entry, number, format: 'JSON of the same names', text: asJson(entry, expected[entry.key]?.[number] as object) }]),
  ...(json === undefined ? [] : [{ entry, number, format: 'JSON', text: JSON.stringify(json) }])
]))

test.each(samples)('$entry.key ($format, sample $number) reaches the handler of its key as the typed object', async ({ entry: { key }, number, text }) => {
  seen = undefined
  const { statusCode } = await send(app, text, text.startsWith('<') ? 'xml' : 'json')
  expect(statusCode).toBe(200)
  expect(seen).toStrictEqual({ key, kind: key, message: expected[key]?.[number] })
})

test('every kind has a sample', () => {
  expect(Object.keys(expected).sort()).toEqual(entries.map(({ key }) => key).sort())
})
