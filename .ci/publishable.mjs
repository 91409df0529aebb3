// Run by npm before it publishes (prepublishOnly): says all that is still missing, one line each.
import { readFileSync } from 'node:fs'

const { version, author, repository } = JSON.parse(readFileSync('package.json', 'utf8'))
const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = process.env
const missing = []

if (!/^git\+https:\/\/github\.com\/(?!OWNER\/)[\w-]+\/[\w.-]+\.git$/.test(repository?.url ?? '')) {
  missing.push('package.json "repository": expected the address of this repository on GitHub, ' +
    `got ${JSON.stringify(repository?.url)}. Replace OWNER; npm derives homepage and bugs from it.`)
}
if (!author || /\bOWNER\b/.test(author.name ?? author)) {
  missing.push('package.json "author": expected the name of a person or organization, ' +
    `got ${JSON.stringify(author)}. Replace OWNER.`)
}
const heading = readFileSync('CHANGELOG.md', 'utf8').split('\n').find(line => line.startsWith('## ')) ?? 'nothing'
if (!new RegExp(`^## ${version.replaceAll(/[.+]/g, '\\$&')} – \\d{4}-\\d{2}-\\d{2}$`).test(heading)) {
  missing.push(`CHANGELOG.md: expected its first section to be "## ${version} – " and the date as 2026-01-31, got ` +
    `${JSON.stringify(heading)}. Write the date, or raise the version in package.json.`)
}
if (GITHUB_REF_TYPE === 'tag' && GITHUB_REF_NAME !== `v${version}`) {
  missing.push(`Tag: expected v${version}, as package.json has it, got ${JSON.stringify(GITHUB_REF_NAME)}. ` +
    'Tag the commit that raises the version.')
}

for (const line of missing) console.error(`Not published. ${line}`)
process.exitCode = missing.length === 0 ? 0 : 1
