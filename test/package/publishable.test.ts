import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(read('package.json')) as Record<string, unknown> & { scripts: Record<string, string> }
const FILLED = { version: '1.2.3', author: 'Somebody', repository: { type: 'git', url: 'git+https://github.com/somebody/fastify-wecom.git' } }
const CHANGELOG = '# Changelog\n\n## 1.2.3 – 2026-01-31\n\n- One.\n\n## 1.2.2 – 2026-01-30\n'

/** What npm prints when it is to publish a package like this one. */
function publish (changed: object, changelog = CHANGELOG, env: NodeJS.ProcessEnv = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-publishable-'))
  onTestFinished(() => { rmSync(directory, { recursive: true }) })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, ...FILLED, ...changed }))
  writeFileSync(join(directory, 'CHANGELOG.md'), changelog)
  const { GITHUB_REF_TYPE: _type, GITHUB_REF_NAME: _name, ...rest } = process.env
  const { status, stderr } = spawnSync(process.execPath, [join(root, '.ci/publishable.mjs')], { cwd: directory, env: { ...rest, ...env }, encoding: 'utf8' })
  return { status, lines: stderr.split('\n').filter(Boolean) }
}

describe('before npm publishes', () => {
  test('the check runs, and lets a package go that has an owner and a dated section in the changelog', () => {
    expect(manifest.scripts.prepublishOnly).toBe('node .ci/publishable.mjs')
    expect(publish({})).toEqual({ status: 0, lines: [] })
    expect(publish({}, CHANGELOG, { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.2.3' })).toEqual({ status: 0, lines: [] })
  })

  test.each<[string, object, string, NodeJS.ProcessEnv, RegExp]>([
    ['an address nobody filled in', { repository: { type: 'git', url: 'git+https://github.com/OWNER/fastify-wecom.git' } }, CHANGELOG, {}, /package\.json "repository".*OWNER\/.*Replace OWNER; npm derives homepage and bugs/],
    ['no address', { repository: undefined }, CHANGELOG, {}, /package\.json "repository".*got undefined/],
    ['an author nobody filled in', { author: 'OWNER' }, CHANGELOG, {}, /package\.json "author".*got "OWNER"/],
    ['a version without its section', { version: '1.3.0' }, CHANGELOG, {}, /CHANGELOG\.md: expected its first section to be "## 1\.3\.0 – ".*got "## 1\.2\.3 – 2026-01-31"/],
    ['a section without a date', {}, CHANGELOG.replace('2026-01-31', 'unreleased'), {}, /CHANGELOG\.md.*unreleased/],
    ['a tag of another version', {}, CHANGELOG, { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.2.2' }, /Tag: expected v1\.2\.3.*got "v1\.2\.2"/]
  ])('%s is refused in one line that names the place', (_what, changed, changelog, env, line) => {
    expect(publish(changed, changelog, env)).toEqual({ status: 1, lines: [expect.stringMatching(line)] })
  })
})

describe('each workflow', () => {
  const workflows = readdirSync(join(root, '.github/workflows')).map(name => [name, read(`.github/workflows/${name}`)] as const)

  test.each(workflows)('%s takes actions by commit, and says which version that is', (_name, text) => {
    const uses = [...text.matchAll(/^.*\buses: (.*)$/gm)].map(([, action]) => action as string)
    expect(uses.length).toBeGreaterThan(0)
    for (const action of uses) expect(action).toMatch(/^(?:[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\.github\/workflows\/[\w.]+)$/)
  })

  test.each(workflows)('%s runs scripts and projects that exist', (_name, text) => {
    const config = read('test/vitest.config.ts')
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(manifest.scripts)).toContain(script)
    for (const [, project] of text.matchAll(/--project (\w+)/g)) expect(config).toContain(`name: '${project as string}'`)
  })
})
