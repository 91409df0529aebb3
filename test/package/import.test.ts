import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const SRC = new URL('../../src/', import.meta.url)

test('importing fastify-wecom loads neither the servers\' core nor a dependency that Fastify does not load itself', () => {
  const { rooms, packages } = loadedWith('index.ts')
  expect(packages).toEqual(['@fastify/error', 'fastify-plugin'])
  for (const room of ['core/callbacks', 'receiver', 'credentials', 'crypto', 'envelope', 'xml/read', 'xml/strict', 'node']) {
    expect([...rooms].filter(file => file.startsWith(room))).toEqual([])
  }
})

test('importing fastify-wecom loads nothing that produces streams', () => {
  const { rooms } = loadedWith('index.ts')
  expect(rooms).not.toContain('streams/producer.ts')
  expect(rooms).not.toContain('core/bots.ts')
})

test('importing fastify-wecom loads fewer than fifty files, as each takes a third of a millisecond', () => {
  expect(loadedWith('index.ts').rooms.size).toBeLessThan(50)
})

/** What an entry imports as it is loaded: no types, and nothing by `import()`. */
function loadedWith (entry: string): { rooms: Set<string>, packages: string[] } {
  const rooms = new Set<string>()
  const packages = new Set<string>()
  const load = (file: URL): void => {
    const name = file.href.slice(SRC.href.length)
    if (rooms.has(name)) return
    rooms.add(name)
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORTS)) {
      if (specifier.startsWith('.')) load(new URL(specifier.replace(/\.js$/, '.ts'), file))
      else packages.add(specifier)
    }
  }
  load(new URL(entry, SRC))
  return { rooms, packages: [...packages].sort() }
}

const IMPORTS = /^(?:import|export) (?!type )(?:[^'"()]*? from )?'([^']+)'/gm
