import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say, sayMany } from './chromium.js'
import { portOf, startDemo } from './demo.js'

// `npm run screenshot:states` keeps the pictures; they are no part of the docs.
const directory = process.env.SCREENSHOTS ?? join(tmpdir(), 'fastify-wecom-screenshots')
const KEY = 'aKeyThatWasChosen_0123456789'

/** In both schemes, wide and narrow: where it is narrow, of the tab that is in front and of the other. */
async function pictures (page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [size, width, height] of [['desktop', 1440, 900], ['phone', 390, 844]] as const) {
      await page.setViewportSize({ width, height })
      const tabs = size === 'phone' && state !== 'refused' ? ['Chat', 'Inspector'] : ['']
      for (const tab of tabs) {
        if (tab !== '') await page.locator('.tabs').getByRole('button', { name: tab }).click()
        const name = ['state', state, size, colorScheme, tab.toLowerCase()].filter(Boolean).join('.')
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name).toBeLessThanOrEqual(0)
        await page.screenshot({ path: join(directory, `${name}.png`) })
      }
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1440, height: 900 })
}

test('after a restart, with a failed handler, with 300 messages and refused, nothing overlaps the edge, in both schemes, wide and narrow', async () => {
  mkdirSync(directory, { recursive: true })
  const browser = await launchChromium()
  onTestFinished(async () => { await browser.close() })
  let demo = await startDemo(0, { key: KEY })
  onTestFinished(async () => { await demo.app.close() })
  const restart = async (options = {}) => {
    const port = portOf(demo)
    await demo.app.close()
    demo = await startDemo(port, options)
  }
  const { page } = await openPlayground(browser, demo.url)

  await say(page, '图文')
  await say(page, 'before the restart')
  await restart({ key: KEY })
  await say(page, 'after the restart')
  await page.getByRole('button', { name: 'before the restart', exact: true }).click()
  await pictures(page, 'restart')

  await page.locator('select[name=patience]').selectOption('500')
  await say(page, 'no articles')
  await pictures(page, 'failed')

  await sayMany(page, 300)
  await pictures(page, 'many')

  await restart()
  await page.context().clearCookies()
  await page.goto(`${new URL(demo.url).origin}/playground`)
  await pictures(page, 'refused')
}, 180_000)
