import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say } from './chromium.js'
import { portOf, startDemo, type Demo } from './demo.js'

const KEY = 'aKeyThatWasChosen_0123456789'
let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

async function open (demo: Demo) {
  const { page, complaints } = await openPlayground(browser, demo.url)
  onTestFinished(async () => {
    expect(complaints).toEqual([])
    await page.context().close()
    await demo.app.close()
  })
  return page
}

async function reload (page: Page): Promise<void> {
  await page.reload()
  await page.getByRole('log').waitFor()
}

const bubbles = async (page: Page) => await page.locator('.bubble').allInnerTexts()
const kept = async (page: Page) => await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))

test('a reload keeps the conversation and every request, and what is sent then comes after it', async () => {
  const demo = await startDemo()
  const page = await open(demo)
  await say(page, 'one')
  // Only now: a busy machine may take half a second for an answer.
  await page.locator('select[name=patience]').selectOption('500')
  await say(page, 'throw')
  const [before, facts] = [await bubbles(page), await page.locator('.delivery .facts').allInnerTexts()]
  await reload(page)
  await expect.poll(async () => await bubbles(page)).toEqual(before)
  expect(await page.locator('.delivery .facts').allInnerTexts()).toEqual(facts)
  expect(await page.locator('.delivery').first().innerText()).toContain('WECOM_HANDLER_FAILED')
  await page.getByRole('button', { name: 'one', exact: true }).click()
  expect(await page.locator('.delivery[data-selected=true]').innerText()).toContain('"Content": "one"')
  await say(page, 'two')
  await reload(page)
  expect(await page.locator('.bubble.mine').allInnerTexts()).toEqual(['one', 'throw', 'two'])
})

test('what is under way when the page is left is shown as stopped', async () => {
  const page = await open(await startDemo())
  await page.getByRole('button', { name: 'Slow handler' }).click()
  await page.locator('textarea[name=draft]').fill('slow')
  await page.keyboard.press('Enter')
  await page.locator('.bubble.mine').waitFor()
  await reload(page)
  await expect.poll(async () => await page.locator('.exchange').innerText()).toMatch(/^slow\s+Stopped$/)
  expect(await page.locator('.inspector .callout.bad').count()).toBe(0)
})

test('with a chosen key the history outlives a restart of the server', async () => {
  const first = await startDemo(0, { key: KEY })
  const { page, complaints } = await openPlayground(browser, first.url)
  await say(page, 'before')
  const port = portOf(first)
  await first.app.close()
  const second = await startDemo(port, { key: KEY })
  onTestFinished(async () => {
    await page.context().close()
    await second.app.close()
  })
  await say(page, 'after')
  await reload(page)
  await expect.poll(async () => await page.locator('.bubble.mine').allInnerTexts()).toEqual(['before', 'after'])
  expect(complaints).toEqual([])
})

test('with another key nothing of the old history is shown or kept', async () => {
  const first = await startDemo()
  const { page } = await openPlayground(browser, first.url)
  await say(page, 'of the first start')
  const port = portOf(first)
  await first.app.close()
  const second = await startDemo(port)
  onTestFinished(async () => {
    await page.context().close()
    await second.app.close()
  })
  await page.goto(second.url)
  await page.getByRole('log').waitFor()
  await expect.poll(async () => await kept(page)).not.toContain('of the first start')
  expect(await bubbles(page)).toEqual([])
})

test('what is kept holds no secret, even one that was typed', async () => {
  const demo = await startDemo(0, { key: KEY })
  const page = await open(demo)
  const { token, encodingAESKey } = demo.credentials
  await say(page, `${token} ${encodingAESKey}`)
  const cookies = await page.context().cookies()
  const text = await kept(page)
  expect(text).toContain('•••')
  for (const secret of [token, encodingAESKey, KEY, ...cookies.map(({ value }) => value)]) expect(text).not.toContain(secret)
})

test('Clear forgets it, and the message box has the focus', async () => {
  const page = await open(await startDemo())
  await say(page, 'one')
  await page.getByRole('button', { name: 'Clear' }).click()
  expect(await bubbles(page)).toEqual([])
  expect(await kept(page)).not.toContain('Content')
  await page.keyboard.type('next')
  expect(await page.locator('textarea[name=draft]').inputValue()).toBe('next')
  await reload(page)
  expect(await bubbles(page)).toEqual([])
})

test('what is kept is bounded: the oldest goes, also where the browser has no more room', async () => {
  const page = await open(await startDemo())
  await say(page, 'first')
  await page.evaluate(() => {
    for (let size = 4_000_000; size > 100; size = Math.floor(size / 2)) {
      try {
        for (let count = 0; ; count++) sessionStorage.setItem(`of somebody else ${size} ${count}`, 'x'.repeat(size))
      } catch {}
    }
  })
  await say(page, 'second')
  await reload(page)
  expect(await page.locator('.bubble.mine').allInnerTexts()).toEqual(['second'])
})

test('what cannot be sent while the server restarts stays in the message box', async () => {
  const first = await startDemo(0, { key: KEY })
  const { page } = await openPlayground(browser, first.url)
  const port = portOf(first)
  await first.app.close()
  const draft = page.locator('textarea[name=draft]')
  await draft.fill('  long and dear')
  await page.keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: 'the server cannot be reached' }).waitFor()
  await expect.poll(async () => await draft.inputValue()).toBe('  long and dear')
  const second = await startDemo(port, { key: KEY })
  onTestFinished(async () => {
    await page.context().close()
    await second.app.close()
  })
  await page.keyboard.press('Enter')
  await page.locator('.bubble.theirs', { hasText: '收到：long and dear' }).waitFor()
  expect(await draft.inputValue()).toBe('')
})
