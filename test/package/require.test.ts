import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/compile.js'
import { installPacked, type Project } from './project.js'

/** The oldest that the package takes, and the newest of the lines after it. */
const VERSIONS = ['20.19.0', '22', '24']
/** Which load without an optional peer. */
const SUBPATHS = ['', '/node', '/express', '/core', '/crypto', '/receiver', '/redis', '/api', '/testing', '/playground']

let project: Project
const nodes = new Map<string, string>()

beforeAll(async () => {
  project = await installPacked({ fastify: '5' })
  project.write('require.cjs', readFileSync(new URL('require.cjs', import.meta.url), 'utf8'))
  await Promise.all(VERSIONS.map(async version => { nodes.set(version, await installNode(version)) }))
}, 240_000)
afterAll(() => { project.remove() }, 60_000)

/** From npm, which has a package of Node.js for each platform, and keeps it for the next run. */
async function installNode (version: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  return await project.run('npm', [
    'exec', '--yes', '--prefer-offline', '--loglevel=error', `--package=node-${platform}-${process.arch}@${version}`, '--',
    'node', '--print', 'process.execPath'
  ]).then(output => output.trim())
}

describe.each(VERSIONS)('a CommonJS project on Node.js %s', version => {
  test('gets the same names by require() and by import(), from each subpath, and serves WeCom with them, without a warning', async () => {
    const output = await project.run(nodes.get(version) as string, ['require.cjs', ...SUBPATHS], { NODE_OPTIONS: '' })
    const { node, names, played, warnings } = JSON.parse(output) as { node: string, names: object, played: object[], warnings: string[] }
    expect(node).toMatch(new RegExp(`^v${version.replaceAll('.', '\\.')}(?:\\.|$)`))
    expect(names).toEqual(Object.fromEntries(SUBPATHS.map(subpath => [subpath, true])))
    expect(played).toEqual(Array.from({ length: 5 }, () => ({ ok: true, text: 'required hi' })))
    expect(warnings).toEqual([])
  }, 60_000)
})

test('a CommonJS project in TypeScript imports the package, which compiles to require()', async () => {
  project.write('package.json', JSON.stringify({ ...JSON.parse(readFileSync(join(project.directory, 'package.json'), 'utf8')) as object, type: 'commonjs' }))
  project.write('app.ts', `
    import wecom, { createRouter, text } from 'fastify-wecom'
    import { sample } from 'fastify-wecom/testing'
    const router = createRouter().on('text', ({ Content }) => text(Content))
    console.log(typeof wecom, typeof router.handle, sample('text').MsgType)`)
  project.write('tsconfig.json', JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, skipLibCheck: true, types: ['node'], typeRoots: [join(root, 'node_modules', '@types')], outDir: 'out', rootDir: '.' },
    files: ['app.ts']
  }))
  await project.run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc')])
  expect(readFileSync(join(project.directory, 'out', 'app.js'), 'utf8')).toContain('require("fastify-wecom")')
  expect(await project.run(nodes.get('20.19.0') as string, ['out/app.js'])).toBe('function function text\n')
}, 120_000)
