import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say, sayMany } from './chromium.js'
import { startDemo } from './demo.js'

let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

/** Of all kinds, texts included. */
async function nodes (page: Page): Promise<number> {
  return await page.evaluate(() => {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL)
    let count = 1
    while (walker.nextNode() !== null) count++
    return count
  })
}

test('300 messages: the page stays small and quick, and each of them and its request can be reached', async () => {
  const demo = await startDemo()
  const { page, complaints } = await openPlayground(browser, demo.url)
  onTestFinished(async () => {
    await page.context().close()
    await demo.app.close()
  })
  await sayMany(page, 300)
  expect(demo.handled).toHaveLength(300)
  expect(await nodes(page)).toBeLessThan(3_000)

  // One more, from the key to the bubble: the quickest of three, as a busy machine may stand still.
  const took: number[] = []
  for (const content of ['one more', 'two more', 'three more']) {
    const before = Date.now()
    await page.locator('textarea[name=draft]').fill(content)
    await page.keyboard.press('Enter')
    await page.getByText(`收到：${content}`).first().waitFor()
    took.push(Date.now() - before)
  }
  expect(Math.min(...took)).toBeLessThan(1_000)

  const earlier = page.getByRole('button', { name: /^Earlier messages/ })
  while (await earlier.count() > 0) await earlier.click()
  const texts = await page.locator('.bubble.mine').allInnerTexts()
  expect(new Set(texts)).toEqual(new Set([...Array.from({ length: 300 }, (_, index) => `message ${index + 1}`), 'one more', 'two more', 'three more']))

  const sheets = page.getByRole('navigation', { name: 'More requests' })
  const kinds: number[] = []
  for (;;) {
    kinds.push(await page.locator('.delivery > header code').filter({ hasText: /^text$/ }).count())
    expect(await nodes(page)).toBeLessThan(10_000)
    const next = sheets.getByRole('button', { name: 'Earlier' })
    if (await next.isDisabled()) break
    await next.click()
  }
  expect(kinds.reduce((sum, count) => sum + count)).toBe(303)

  // From the other end of the conversation its request is opened at once.
  await page.getByRole('button', { name: 'one more', exact: true }).click()
  await expect.poll(async () => await page.locator('.delivery[data-selected=true]').getByRole('region', { name: 'What the handler gets' }).innerText()).toContain('"Content": "one more"')
  expect(await nodes(page)).toBeLessThan(10_000)
  expect(complaints).toEqual([])
}, 120_000)

test('a new message brings the inspector back to the newest sheet', async () => {
  const demo = await startDemo()
  const { page } = await openPlayground(browser, demo.url)
  onTestFinished(async () => {
    await page.context().close()
    await demo.app.close()
  })
  await sayMany(page, 40)
  await page.getByRole('button', { name: 'Earlier', exact: true }).click()
  expect(await page.locator('.sheets').innerText()).toMatch(/26–41 of 41/)
  await say(page, 'new')
  expect(await page.locator('.delivery').first().getByRole('region', { name: 'What the handler gets' }).innerText()).toContain('"Content": "new"')
})

test('earlier messages come above those that are read, which stay where they are', async () => {
  const demo = await startDemo()
  const { page } = await openPlayground(browser, demo.url)
  onTestFinished(async () => {
    await page.context().close()
    await demo.app.close()
  })
  await sayMany(page, 60)
  const first = page.locator('.exchange').first()
  const said = await first.locator('.bubble.mine').innerText()
  const top = async () => (await page.getByRole('button', { name: said, exact: true }).boundingBox())?.y
  const earlier = page.getByRole('button', { name: /^Earlier messages/ })
  await earlier.scrollIntoViewIfNeeded()
  const before = await top()
  await earlier.press('Enter')
  expect(Math.abs(Number(await top()) - Number(before))).toBeLessThan(60)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('log')
})
