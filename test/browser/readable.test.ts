import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say, settled, type PageOptions } from './chromium.js'
import { headings, lowContrast } from './contrast.js'
import { startDemo } from './demo.js'

let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

async function open (options: PageOptions) {
  const demo = await startDemo()
  const { page } = await openPlayground(browser, demo.url, options)
  onTestFinished(async () => {
    await page.context().close()
    await demo.app.close()
  })
  return { demo, page }
}

const toggles = async (page: Page) => { for (const button of await page.locator('.toggle').all()) await button.click() }

/** What the page can show, one state after the other; in a narrow window with one of two tabs in front. */
const STATES: Array<[name: string, tab: 'Chat' | 'Inspector', make: (page: Page) => Promise<void>]> = [
  ['the empty chat', 'Chat', async () => {}],
  ['the empty inspector', 'Inspector', async () => {}],
  ['conditions that are chosen, and what they do', 'Inspector', async page => {
    await toggles(page)
    await page.locator('select[name=patience]').selectOption('500')
  }],
  ['a message of which everything went wrong that can', 'Chat', async page => { await say(page, 'all of it') }],
  ['its requests', 'Inspector', toggles],
  ['a failed handler', 'Chat', async page => { await say(page, 'throw') }],
  ['with code, cause and cure', 'Inspector', async () => {}],
  ['cards, an event, a stream', 'Chat', async page => {
    await say(page, '图文')
    await page.getByRole('navigation', { name: 'Menu of the app' }).getByRole('button', { name: 'Website' }).click()
    await settled(page)
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await say(page, '订会议室')
    await page.getByRole('button', { name: 'App', exact: true }).click()
  }],
  ['every request unfolded', 'Inspector', async page => {
    const folded = page.locator('.attempt:not([open]) > summary')
    for (let left = await folded.count(); left > 0; left--) await folded.first().click()
  }],
  ['a message that is selected', 'Chat', async page => { await page.locator('.note.sent').click() }],
  ['which the chat shows as well', 'Chat', async () => {}],
  ['an open menu', 'Chat', async page => { await page.getByRole('button', { name: 'More', exact: true }).click() }],
  ['the picker', 'Chat', async page => { await page.getByRole('button', { name: 'Every kind' }).click() }],
  ['a kind that is looked for in vain', 'Chat', async page => { await page.getByRole('searchbox').fill('no such kind') }],
  ['the form of a kind, with a field taken away', 'Chat', async page => {
    await page.getByRole('searchbox').fill('template_card_event')
    await page.keyboard.press('Enter')
    await page.locator('.field').first().waitFor()
    await page.locator('.field button').first().click()
  }],
  ['a message as text', 'Chat', async page => { await page.getByRole('button', { name: 'As text' }).click() }]
]

test.each([
  ['light', { dark: false }], ['dark', { dark: true }], ['light and narrow', { dark: false, width: 390, height: 844 }], ['dark and narrow', { dark: true, width: 390, height: 844 }]
] as const)('%s: all that is shown has the contrast of WCAG AA, and headings skip no level below one h1', async (_name, options) => {
  const { page } = await open(options)
  const problems: Record<string, unknown> = {}
  for (const [state, tab, make] of STATES) {
    const button = page.locator('.tabs').getByRole('button', { name: tab })
    if (await button.isVisible() && !await page.getByRole('dialog').isVisible()) await button.click()
    await make(page)
    const low = await lowContrast(page)
    const levels = await headings(page)
    const isOrdered = levels[0] === 1 && levels.slice(1).every((level, index) => level > 1 && level <= (levels[index] as number) + 1)
    if (low.length > 0 || !isOrdered) problems[state] = isOrdered ? low : { low, levels }
  }
  expect(problems).toEqual({})
}, 90_000)

test.each(['light', 'dark'])('%s: a page that is refused says so readably, in the main landmark', async scheme => {
  const { demo, page } = await open({ dark: scheme === 'dark' })
  await page.context().clearCookies()
  await page.route('**/api/start', async route => { await route.fulfill({ status: 403, body: '' }) })
  await page.goto(demo.url)
  await page.getByRole('alert').waitFor()
  expect(await lowContrast(page)).toEqual([])
  expect(await page.locator('main').getByRole('alert').innerText()).toContain('unless you chose a key')
  expect(await page.getByRole('main').count()).toBe(1)
})
