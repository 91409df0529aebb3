import { describe, expect, test } from 'vitest'
import { checkFences } from './fences.js'
import { deadLinks } from './links.js'
import { outline } from './outline.js'
import { parsePage } from './page.js'
import { checkShell, commandsOf } from './shell.js'
import { foreignTerms } from './terms.js'

const ENGLISH = `# Title

[简体中文](zh-CN/page.md)

## Use it

\`\`\`ts
// app.ts
const url = 'https://example.com' // where it is
/* and
   why */
call(url)
\`\`\`

\`\`\`sh
npm ci   # installs
\`\`\`

| option | default |
|---|---|
| \`a\` | 1 |
| \`b\` | 2 |

## Errors
`
const CHINESE = ENGLISH.replace('Use it', '用法').replace('// where it is', '// 地址').replace('/* and\n   why */', '// 原因').replace('# installs', '# 安装')

const page = (text: string, path = 'docs/page.md') => parsePage(path, text)
const differs = (text: string) => expect(outline(page(text))).not.toEqual(outline(page(ENGLISH)))

describe('of a page and its twin', () => {
  test('comments and headings may differ', () => {
    expect(outline(page(CHINESE))).toEqual(outline(page(ENGLISH)))
  })

  test.each([
    ['a line of code', 'call(url)', 'call()'],
    ['a string with slashes in it', 'https://example.com', 'https://example.org'],
    ['the name of a file', '// app.ts', '// main.ts'],
    ['a missing section', '## Errors\n', ''],
    ['a section at another level', '## Errors', '### Errors'],
    ['a missing row', '| `b` | 2 |\n', ''],
    ['a missing column', '| option | default |\n|---|---|\n| `a` | 1 |\n| `b` | 2 |', '| option |\n|---|\n| `a` |\n| `b` |'],
    ['another language', '```sh', '```text'],
    ['a missing command', 'npm ci   # 安装', '# 安装'],
    ['a table before the code', '## 用法\n', '## 用法\n\n| a |\n|---|\n']
  ])('%s is found', (_what, from, to) => {
    expect(CHINESE).toContain(from)
    differs(CHINESE.replace(from, to))
  })
})

describe('of links', () => {
  test.each([
    ['a file', '[x](nowhere.md)', 'there is no such file'],
    ['a file outside', '[x](../../secret.md)', 'there is no such file'],
    ['a section', '[x](errors.md#nowhere)', 'the page has no such section'],
    ['a section of the same page', '# Once\n[x](#twice)', 'the page has no such section'],
    ['a second section of a name', '# A\n# A\n[x](#a-2)', 'the page has no such section'],
    ['an image', '![x](images/nothing.png)', 'there is no such image'],
    ['an image in HTML', '<p><img alt="x" src="images/nothing.png"></p>', 'there is no such image'],
    ['this repository by its address', '[x](https://github.com/somebody/fastify-wecom/blob/main/README.md)', 'write it relative']
  ])('%s that is not there is found', (_what, text, complaint) => {
    expect(deadLinks(page(text))).toEqual([expect.stringContaining(complaint) as string])
  })

  test('a Chinese page leads to Chinese pages', () => {
    expect(deadLinks(page('[x](../errors.md)', 'docs/zh-CN/page.md'))).toEqual([expect.stringContaining('docs/zh-CN/errors.md') as string])
  })

  test.each([
    '# Once, in time\n[x](#once-in-time)',
    '# 只处理一次，按时应答\n[x](#只处理一次按时应答)',
    '# 校验 URL：GET\n[x](#%E6%A0%A1%E9%AA%8C-urlget)',
    '# The `path` of *it*\n[x](#the-path-of-it)',
    '# A\n# A\n[x](#a-1)',
    '<a id="here"></a>\n\n[x](#here)',
    '[x](errors.md) [y](../src/index.ts) [z](https://example.com/nowhere)',
    '```text\n[x](nowhere.md)\n```'
  ])('%j leads somewhere', text => {
    expect(deadLinks(page(text))).toEqual([])
  })
})

describe('of code blocks', () => {
  test.each([
    ['no language', '```\nx\n```', 'no language'],
    ['a language that nothing checks', '```ruby\nx\n```', "nothing checks this 'ruby'"],
    ['a language of another page', '```nginx\nx\n```', "nothing checks this 'nginx'"],
    ['broken JSON', '```json\n{ "a": 1, }\n```', 'JSON'],
    ['broken JavaScript', '```js\nconst = 1\n```', 'SyntaxError'],
    ['a broken command line', '```sh\nnpm ci "\n```', 'unexpected EOF']
  ])('%s is found', async (_what, text, complaint) => {
    expect(await checkFences(page(text))).toContainEqual(expect.stringContaining(complaint))
  })

  test.each([['caddyfile', 1], ['dockerfile', 1], ['nginx', 2]])('of the page about deployment, whose test runs so many of each, one more block is found: %s, %i', async (tag, run) => {
    const block = `\`\`\`${tag}\nx\n\`\`\`\n`
    expect(await checkFences(page(block.repeat(run), 'docs/deployment.md'))).toEqual([])
    expect(await checkFences(page(block.repeat(run + 1), 'docs/deployment.md'))).toEqual([`block ${run + 1}: nothing checks this '${tag}'`])
  })

  test('what is well is well', async () => {
    expect(await checkFences(page('```json\n{ "a": 1 }\n```\n```js\nimport a from "a"\nawait a()\n```\n```text\n…\n```'))).toEqual([])
  })
})

describe('of commands', () => {
  test('comments, variables, quotes and operators are told from words', () => {
    expect(commandsOf("A=1 node 'a b' --x=\"c d\" \\\n  e#f # g\ncurl 'https://a/?b=1&c' | npx d && npm ci")).toEqual([
      ['node', 'a b', '--x=c d', 'e#f'], ['curl', 'https://a/?b=1&c'], ['npx', 'd'], ['npm', 'ci']
    ])
  })

  test.each([
    ['npx fastify-wecom simulate <url> --mesage text=你好', '--mesage'],
    ['npx fastify-wecom simulate <url> --fault drop-everything', 'drop-everything'],
    ['npx fastify-wecom doctor', 'URL is missing'],
    ['npx fastify-wecom doctor <url> --scene shop', '--scene takes'],
    ['npx fastify-wecom doktor <url>', "no command 'doktor'"],
    ['npx fastify-wecom --hepl', 'no option --hepl'],
    ['npm run bensh', "no script 'bensh'"],
    ['npm run bench -- --rouns 3', '--rouns'],
    ['npm install fastify-wekom', 'fastify-wekom'],
    ['npx vitset run', 'no dependency has this command'],
    ['npx vitest run test/nowhere.test.ts', 'there is no test/nowhere.test.ts'],
    ['frobnicate', 'no test knows this command']
  ])('%s is found wrong', async (command, complaint) => {
    expect(await checkShell(command)).toEqual([expect.stringContaining(complaint) as string])
  })

  test.each([
    'npm ci && npm start',
    'npm install fastify fastify-wecom',
    'npm run bench -- --rounds 3',
    "npx fastify-wecom simulate <bot url> --message aibot.text=你好 --receive-id ''",
    'npx fastify-wecom simulate <url> --file message.xml --fault duplicate --fault drop-answer',
    "npx fastify-wecom decrypt 'https://…?msg_signature=…' '<xml>…'  # open it",
    'npx fastify-wecom doctor --help'
  ])('%s is right', async command => {
    expect(await checkShell(command)).toEqual([])
  })
})

test('another term than the one for a thing is found', () => {
  expect(foreignTerms(page('一条消息的种类\n每种类型，持久化\n持久的收件箱，信封\n企业微信重发'))).toEqual([
    expect.stringContaining('line 1: 种类 → 类型'),
    expect.stringContaining('line 3: 持久 → 不丢消息'),
    expect.stringContaining('line 3: 信封 → 外层报文'),
    expect.stringContaining('line 4: 重发 → 重试')
  ])
})
