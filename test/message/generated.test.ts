import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { generate } from '../../src/message/catalogue/generate.ts'

const root = new URL('../../', import.meta.url)
const made = generate()

// `npm run generate` runs this file with --update, which writes them.
test.each([...made])('%s is what the catalogue makes', async (file, content) => {
  await expect(content).toMatchFileSnapshot(fileURLToPath(new URL(file, root)))
})

test.each([...made])('%s can be read at one sitting', (file, content) => {
  if (file.endsWith('.ts')) expect(content.split('\n').length).toBeLessThanOrEqual(310)
})

test('no generated file is left over from a family that is gone', () => {
  for (const folder of ['types', 'table', 'samples']) {
    for (const name of readdirSync(new URL(`src/message/${folder}/`, root))) {
      const file = `src/message/${folder}/${name}`
      if (/^\/\/ Generated/.test(readFileSync(new URL(file, root), 'utf8'))) expect(made.has(file), file).toBe(true)
    }
  }
})
