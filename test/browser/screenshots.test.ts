import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say, settled } from './chromium.js'
import { startDemo } from './demo.js'

// `npm run screenshot` keeps the pictures that README and docs show.
const directory = process.env.SCREENSHOTS ?? join(tmpdir(), 'fastify-wecom-screenshots')
let browser: Browser

beforeAll(async () => {
  mkdirSync(directory, { recursive: true })
  browser = await launchChromium()
}, 300_000)
afterAll(async () => { await browser.close() })

const TEXTS = {
  en: { help: 'Help', slow: 'Slow handler', chat: 'Chat', inspector: 'Inspector' },
  zh: { help: '帮助', slow: '慢处理', chat: '聊天', inspector: '检查器' }
}
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

test.each([
  { name: 'playground', language: 'en', size: 'desktop' },
  { name: 'playground.zh-CN', language: 'zh', size: 'desktop' },
  { name: 'playground.dark', language: 'en', size: 'desktop', dark: true },
  { name: 'playground-phone', language: 'en', size: 'phone' },
  { name: 'playground-phone.zh-CN', language: 'zh', size: 'phone' }
] as const)('$name: nothing is cut off or overlaps the edge', async ({ name, language, size, ...rest }) => {
  const demo = await startDemo()
  const { page, complaints } = await openPlayground(browser, demo.url, { ...SIZES[size], ...rest, locale: language === 'zh' ? 'zh-CN' : 'en-US' })
  onTestFinished(async () => {
    await page.context().close()
    await demo.app.close()
  })
  const { help, slow, chat, inspector } = TEXTS[language]
  await page.getByRole('button', { name: help, exact: true }).click()
  await page.locator('.bubble.theirs:not(.typing)').waitFor()
  await say(page, '图文')
  if (size === 'phone') await page.getByRole('button', { name: inspector }).click()
  await page.getByRole('button', { name: slow }).click()
  await page.locator('select[name=patience]').selectOption('500')
  if (size === 'phone') await page.getByRole('button', { name: chat }).click()
  await say(page, '请假流程怎么走？')
  await settled(page)
  for (const view of size === 'phone' ? ['chat', 'inspector'] : ['']) {
    if (view === 'inspector') await page.getByRole('button', { name: inspector }).click()
    expect(await page.evaluate(() => ({ width: document.documentElement.scrollWidth - innerWidth, height: document.documentElement.scrollHeight - innerHeight }))).toEqual({ width: 0, height: 0 })
    await page.screenshot({ path: join(directory, `${name}${view === 'inspector' ? '.inspector' : ''}.png`) })
  }
  expect(complaints).toEqual([])
}, 30_000)
