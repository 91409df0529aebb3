import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test.each(['docs/cli.md', 'docs/zh-CN/cli.md'])('%s has a row with cause and cure for every verdict, and no other', page => {
  const union = /export type FaultCode =([\s\S]*?)\n\nexport/.exec(read('src/cli/doctor/faults.ts'))?.[1] ?? ''
  const codes = [...union.matchAll(/'([\w-]+)'/g)].map(([, code]) => code)
  const rows = [...read(page).matchAll(page.includes('zh-CN') ? /^\| `([\w-]+)` \| (.{6,}?) \| (.{5,}?) \|$/gm : /^\| `([\w-]+)` \| (.{20,}?) \| (.{10,}?) \|$/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(20)
  expect(rows.toSorted()).toEqual(codes.toSorted())
})
