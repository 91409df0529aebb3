import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say, settled, type PageOptions } from './chromium.js'
import { startDemo } from './demo.js'

let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

async function open (options: PageOptions = {}) {
  const demo = await startDemo()
  const { page, complaints } = await openPlayground(browser, demo.url, options)
  onTestFinished(async () => {
    expect(complaints).toEqual([])
    await page.context().close()
    await demo.app.close()
  })
  return page
}

/** What the handler got, of the request that is open in the inspector. */
const shown = async (page: Page) => await page.locator('.delivery[data-selected=true]').getByRole('region', { name: 'What the handler gets' }).allInnerTexts()
const focused = async (page: Page) => await page.evaluate(() => document.activeElement?.className)

test('a click on a message, or on its reply, shows its request', async () => {
  const page = await open()
  for (const text of ['one', 'two', 'three']) await say(page, text)
  await page.locator('.bubble.mine').first().click()
  expect(await shown(page)).toEqual([expect.stringContaining('"Content": "one"')])
  expect(await page.locator('.bubble.mine').first().getAttribute('aria-pressed')).toBe('true')
  expect(await page.locator('.attempt[open]').count()).toBe(1)
  await page.locator('.bubble.theirs').nth(1).click()
  expect(await shown(page)).toEqual([expect.stringContaining('"Content": "two"')])
  expect(await page.locator('.sent[aria-pressed=true]').allInnerTexts()).toEqual(['two'])
  const place = await page.locator('.delivery[data-selected=true]').boundingBox()
  const inspector = await page.locator('.inspector').boundingBox()
  expect(Math.abs(Number(place?.y) - Number(inspector?.y))).toBeLessThan(5)
})

test('the event of a menu and a reply that is a card show their requests as well', async () => {
  const page = await open()
  await page.getByRole('navigation', { name: 'Menu of the app' }).getByRole('button', { name: 'Help' }).click()
  await settled(page)
  await say(page, '图文')
  await page.locator('.note.sent').click()
  expect(await shown(page)).toEqual([expect.stringContaining('"EventKey": "HELP"')])
  await page.locator('.card').click()
  expect(await shown(page)).toEqual([expect.stringContaining('"Content": "图文"')])
})

test('by the keyboard: one Tab to the messages, arrows between them, Enter and Space show the request, Escape goes back', async () => {
  const page = await open()
  for (const text of ['one', 'two', 'three']) await say(page, text)
  await page.locator('.chat-log').focus()
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('three')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  expect(await shown(page)).toEqual([expect.stringContaining('"Content": "one"')])
  await expect.poll(async () => await focused(page)).toBe('delivery')
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('one')
  await page.keyboard.press('End')
  await page.keyboard.press('Space')
  expect(await shown(page)).toEqual([expect.stringContaining('"Content": "three"')])
})

test('who marks text in a bubble keeps it', async () => {
  const page = await open()
  await say(page, 'something to copy')
  await page.locator('.bubble.theirs').dblclick()
  expect(await page.evaluate(() => getSelection()?.toString())).not.toBe('')
  await say(page, 'next')
})

test('in a narrow window the inspector comes to the front, and Escape leads back', async () => {
  const page = await open({ width: 390, height: 844 })
  await say(page, 'one')
  await page.locator('.bubble.theirs').click()
  expect(await page.locator('.inspector').isVisible()).toBe(true)
  expect(await shown(page)).toEqual([expect.stringContaining('"Content": "one"')])
  expect(await focused(page)).toBe('delivery')
  await page.keyboard.press('Escape')
  expect(await page.locator('.chat-log').isVisible()).toBe(true)
})

test('a request that was folded or unfolded by hand stays so when others come', async () => {
  const page = await open()
  await say(page, 'one')
  await page.locator('.attempt > summary').first().click()
  await page.getByRole('article', { name: 'URL verification' }).locator('summary').click()
  await say(page, 'two')
  const unfolded = await page.locator('.attempt').evaluateAll(all => all.map(element => (element as HTMLDetailsElement).open))
  expect(unfolded).toEqual([true, false, true])
})

test('what is sent next is shown from its beginning, wherever the inspector was', async () => {
  const page = await open()
  for (const text of ['one', 'two', 'three']) await say(page, text)
  await page.locator('.bubble.mine').first().click()
  await say(page, 'four')
  const newest = page.locator('.delivery').first()
  expect(await newest.innerText()).toContain('"Content": "four"')
  expect(Math.abs(Number((await newest.boundingBox())?.y) - Number((await page.locator('.inspector').boundingBox())?.y))).toBeLessThan(5)
})
