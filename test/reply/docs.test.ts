import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { AIBOT_REPLIES } from '../../src/reply/limits/aibot.js'
import { APP_CARDS } from '../../src/reply/limits/app-cards.js'
import { APP_REPLIES } from '../../src/reply/limits/app.js'
import { GROUPBOT_REPLIES } from '../../src/reply/limits/groupbot.js'
import { root } from '../support/compile.js'

const page = readFileSync(`${root}/docs/replies.md`, 'utf8')
const chinese = readFileSync(`${root}/docs/zh-CN/replies.md`, 'utf8')

test.each([APP_REPLIES, AIBOT_REPLIES, GROUPBOT_REPLIES, APP_CARDS].flatMap(shapes => Object.keys(shapes)))('docs/replies.md has a row for %s, and so has its Chinese twin', kind => {
  const row = new RegExp(`^\\| \`(\\w+: ')?${kind}'?\` \\|`, 'm')
  expect(page).toMatch(row)
  expect(chinese).toMatch(row)
})
