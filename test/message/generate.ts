/*
 * npm run generate: writes everything that is made from src/message/catalogue, and the messages that the tests expect of its samples.
 * To be run at the root of the repository. It compiles to coverage/.generate and is no part of the package.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { generate, GENERATED, PAGES } from '../../src/message/catalogue/generate.ts'
import { EXPECTED, expectedFiles } from './expected-files.ts'

const files = new Map([...generate(path => readFileSync(path, 'utf8')), ...expectedFiles()])
// What a family that is gone has left behind goes too.
for (const folder of [GENERATED, EXPECTED]) rmSync(folder, { recursive: true, force: true })
for (const [path, content] of files) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
console.log(`${files.size} files written: ${GENERATED}, ${EXPECTED}, ${PAGES.map(([path]) => path).join(', ')}.`)
