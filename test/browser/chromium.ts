/// <reference lib="dom" />
import { chromium, type Browser, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { CHROMIUM, need } from '../support/programs.js'

/** The machine's own Chromium; nothing is downloaded. */
export async function launchChromium (): Promise<Browser> {
  // Chromium's sandbox does not start for root.
  return await chromium.launch({ executablePath: need(CHROMIUM), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

/** A page of the playground, and everything it must not do. */
export interface Watched {
  page: Page
  /** Console errors, uncaught errors, violations of the policy, requests elsewhere. */
  complaints: string[]
}

export interface PageOptions {
  width?: number
  height?: number
  locale?: string
  dark?: boolean
}

/** Opens the printed address in a fresh profile. */
export async function openPlayground (browser: Browser, url: string, { width = 1440, height = 900, locale = 'en-US', dark = false }: PageOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width, height }, locale, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', deviceScaleFactor: process.env.SCREENSHOTS === undefined ? 1 : width < 600 ? 2 : 1.5 })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => { if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text()) })
  page.on('pageerror', error => { complaints.push(String(error)) })
  page.on('dialog', dialog => { complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}) })
  page.on('request', request => { if (!request.url().startsWith(`${new URL(url).origin}/`) && !request.url().startsWith('data:')) complaints.push(`a request to ${request.url()}`) })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => { console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`) })
  })
  await page.goto(url)
  await page.getByRole('log').waitFor()
  return { page, complaints }
}

/** Writes into the composer and presses Enter; waits until WeCom's verdict is there. */
export async function say (page: Page, text: string): Promise<void> {
  // Not their number: of many, only some are in the page.
  const before = await page.evaluateHandle(() => [...document.querySelectorAll('.exchange')].at(-1))
  await page.locator('textarea[name=draft]').fill(text)
  await page.keyboard.press('Enter')
  await page.waitForFunction(before => [...document.querySelectorAll('.exchange')].at(-1) !== before, before)
  await settled(page)
}

/** Sends `message 1`, `message 2`, …: twenty at a time, as the page can where it is to reorder them. */
export async function sayMany (page: Page, count: number): Promise<void> {
  await page.getByRole('button', { name: 'Reorder' }).click()
  for (let sent = 0; sent < count; sent += 20) {
    const lines = Array.from({ length: Math.min(20, count - sent) }, (_, index) => `message ${sent + index + 1}`)
    await page.locator('textarea[name=draft]').fill(lines.join('\n'))
    await page.keyboard.press('Enter')
    await page.locator('.bubble.theirs').filter({ hasText: new RegExp(`：${lines[0] as string}$`) }).waitFor()
    await settled(page)
  }
  await page.getByRole('button', { name: 'Reorder' }).click()
}

export async function settled (page: Page): Promise<void> {
  await expect.poll(async () => await page.locator('.typing, .writing, .delivery > header .badge:text-matches("running|进行中")').count(), { timeout: 10_000 }).toBe(0)
}
