import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { installPacked } from './project.js'

const { peerDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { peerDependencies: { fastify: string } }
const lowest = peerDependencies.fastify.replace('^', '')

test.each([
  ['lowest', lowest],
  ['last without request.mediaType', '5.8.4'],
  ['newest', '5']
])('with the %s Fastify of the peer range both forms verify the URL, answer a message and refuse a forged one', async (_which, version) => {
  const project = await installPacked({ fastify: version })
  onTestFinished(() => { project.remove() })
  project.write('play.mjs', readFileSync(new URL('fastify-peers.mjs', import.meta.url), 'utf8'))
  const played = JSON.parse(await project.run(process.execPath, ['play.mjs'])) as { version: string }
  if (version !== '5') expect(played.version).toBe(version)
  const form = (name: string) => ({ verified: true, status: 200, answered: `${name} hi`, forged: 401 })
  expect(played).toMatchObject({ '/a': form('a'), '/b': form('b'), json: { a: 1 } })
}, 120_000)
