// Puts what the compiler leaves out beside the page's modules: markup, styles, and the one library, so that the page
// asks no other server.
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const source = import.meta.dirname
const target = join(source, '../../../dist/playground/page')
for (const name of ['index.html', 'icon.svg', 'style']) {
  cpSync(join(source, name), join(target, name), { recursive: true })
}

mkdirSync(join(target, 'vendor'), { recursive: true })
const preact = dirname(createRequire(import.meta.url).resolve('preact/package.json'))
const code = readFileSync(join(preact, 'dist/preact.mjs'), 'utf8')
// Its map is not copied: a browser's tools would ask for it in vain.
writeFileSync(join(target, 'vendor/preact.js'), code.replace(/\n\/\/# sourceMappingURL=.*/, ''))
copyFileSync(join(preact, 'LICENSE'), join(target, 'vendor/preact.LICENSE'))
