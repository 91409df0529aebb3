import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPacked, type Project } from './project.js'

const { peerDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { peerDependencies: { fastify: string } }
const lowest = peerDependencies.fastify.replace('^', '')

let project: Project
beforeAll(async () => {
  project = await installPacked({ fastify: lowest })
  project.write('play.mjs', readFileSync(new URL('fastify-peers.mjs', import.meta.url), 'utf8'))
}, 120_000)
afterAll(() => { project.remove() }, 60_000)

test.each([
  ['lowest', lowest],
  ['last without request.mediaType', '5.8.4'],
  ['newest', '5']
])('with the %s Fastify of the peer range both forms verify the URL, answer a message, refuse a forged one, leave other routes alone, give a retry the reply, and end a stalled body', async (_which, version) => {
  if (version !== lowest) await project.install(`fastify@${version}`)
  const played = JSON.parse(await project.run(process.execPath, ['play.mjs'])) as { version: string }
  if (version === '5') expect([lowest, '5.8.4']).not.toContain(played.version)
  else expect(played.version).toBe(version)
  const form = (name: string) => ({ verified: true, status: 200, answered: `${name} hi`, forged: 401 })
  expect(played).toMatchObject({ '/a': form('a'), '/b': form('b'), foreign: 415, json: { a: 1 }, slow: { hungUp: 'hung up', status: 200, runs: 1 }, stalled: 'HTTP/1.1 408 Request Timeout' })
}, 120_000)
