import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, settled } from './chromium.js'
import { startDemo } from './demo.js'

let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

async function open () {
  const demo = await startDemo()
  const { page, complaints } = await openPlayground(browser, demo.url)
  onTestFinished(async () => {
    await page.context().close()
    await demo.app.close()
  })
  return { demo, page, complaints }
}

/** The name of what has the focus, as a screen reader would say it. */
async function focused (page: Page): Promise<string> {
  return await page.evaluate(() => {
    const { activeElement: element } = document
    return element === null ? '' : element.getAttribute('aria-label') ?? (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? ''
  })
}

async function tabTo (page: Page, name: RegExp, most = 40): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press('Tab')
    if (name.test(await focused(page))) return
  }
  throw new Error(`${most} tabs do not lead to ${String(name)}`)
}

test('everything can be done by the keyboard: write, send, a fault, a menu, the picker, its form', async () => {
  const { demo, page, complaints } = await open()
  await tabTo(page, /^Message$/)
  await page.keyboard.type('first line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('second line')
  await page.keyboard.press('Enter')
  await page.locator('.bubble.theirs:not(.typing)').waitFor()
  expect(await page.locator('.bubble').allInnerTexts()).toEqual(['first line\nsecond line', '收到：first line\nsecond line'])
  expect(await focused(page)).toBe('Message')

  await tabTo(page, /^Wrong signature$/)
  await page.keyboard.press('Space')
  expect(await page.getByRole('button', { name: 'Wrong signature' }).getAttribute('aria-pressed')).toBe('true')
  await page.keyboard.press('Enter')

  await page.keyboard.press('Shift+Tab')
  await page.locator('.chat-log').focus()
  await tabTo(page, /^More/)
  await page.keyboard.press('Enter')
  await tabTo(page, /^Scan a code$/, 3)
  await page.keyboard.press('Escape')
  expect(await focused(page)).toMatch(/^More/)

  await tabTo(page, /^Every kind/)
  await page.keyboard.press('Enter')
  expect(await focused(page)).toBe('Search by name or key')
  await page.keyboard.type('create_user')
  await page.keyboard.press('Enter')
  await page.locator('.field').first().waitFor()
  await expect.poll(async () => await focused(page)).toBe('ToUserName')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await settled(page)
  expect(demo.handled).toEqual(['text', 'event.change_contact.create_user'])
  expect(await focused(page)).toMatch(/^Every kind/)

  await page.keyboard.press('Enter')
  await page.getByRole('searchbox').fill('x')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(complaints).toEqual([])
})

test('every control has a name, and headings and regions are in order', async () => {
  const { page } = await open()
  await page.getByRole('button', { name: 'Every kind' }).click()
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea, summary, [role=region]')]
    .filter(element => ((element.getAttribute('aria-label') ?? '') + (element.textContent ?? '') + ((element as HTMLInputElement).labels?.[0]?.textContent ?? '')).trim() === '')
    .map(element => element.outerHTML))
  expect(nameless).toEqual([])
})

test('the message box has the focus, the picker selects its old query, and everything stands in one main landmark', async () => {
  const { page } = await open()
  await expect.poll(async () => await focused(page)).toBe('Message')
  await page.getByRole('button', { name: 'Every kind' }).click()
  await page.keyboard.type('voice')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Every kind' }).click()
  await page.keyboard.type('x')
  expect(await page.getByRole('searchbox').inputValue()).toBe('x')
  expect(await page.locator('main').count()).toBe(1)
  expect(await page.locator('main .phone, main .inspector').count()).toBe(2)
})

test('an input method that is composing keeps its Enter', async () => {
  const { demo, page } = await open()
  await page.locator('textarea[name=draft]').fill('ni')
  await page.locator('textarea[name=draft]').dispatchEvent('keydown', { key: 'Enter', isComposing: true })
  await page.waitForTimeout(100)
  expect(demo.handled).toEqual([])
})

test('a page on another port of this machine can neither send, read nor embed', async () => {
  const { demo, page } = await open()
  const { origin } = new URL(demo.url)
  const hostile = createServer((_request, response) => { response.setHeader('content-type', 'text/html').end('<title>hostile</title>') }).listen(0, '127.0.0.1')
  await once(hostile, 'listening')
  onTestFinished(() => { hostile.close() })
  const other = await page.context().newPage()
  await other.goto(`http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`)
  const outcomes = await other.evaluate(async target => {
    const attempt = async (path: string, init: RequestInit) => await fetch(target + path, { credentials: 'include', ...init }).then(({ status, type }) => `${type} ${status}`, () => 'blocked')
    const frame = document.createElement('iframe')
    frame.src = `${target}/playground`
    document.body.append(frame)
    await new Promise(resolve => { frame.onload = resolve })
    return {
      plain: await attempt('/playground/api/play', { method: 'POST', mode: 'no-cors', body: '{"messages":[{"key":"text"}]}' }),
      json: await attempt('/playground/api/play', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"messages":[{"key":"text"}]}' }),
      read: await attempt('/playground/api/start', {})
    }
  }, origin)
  expect(outcomes).toEqual({ plain: 'blocked', json: 'blocked', read: 'blocked' })
  const frames = await Promise.all(other.frames().slice(1).map(async frame => await frame.evaluate(() => document.body.textContent).catch(() => 'blocked')))
  expect(frames.every(text => text === '' || text === 'blocked' || !text?.includes('WeCom'))).toBe(true)
  expect(demo.handled).toEqual([])
})
