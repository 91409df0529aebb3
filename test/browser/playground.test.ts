import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launchChromium, openPlayground, say, settled, type Watched } from './chromium.js'
import { HOSTILE, startDemo, type Demo } from './demo.js'

let browser: Browser
let demo: Demo
let watched: Watched
let page: Page

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })
beforeEach(async () => {
  demo = await startDemo()
  watched = await openPlayground(browser, demo.url)
  page = watched.page
})
afterEach(async () => {
  expect(watched.complaints).toEqual([])
  await page.context().close()
  await demo.app.close()
})

const bubbles = async () => await page.locator('.bubble').allInnerTexts()
const newest = () => page.locator('.delivery').first()

describe('in Chromium', () => {
  test('a text is answered, and every step from the envelope to the answer is shown', async () => {
    await say(page, '在吗')
    expect(await bubbles()).toEqual(['在吗', '收到：在吗'])
    expect(await newest().locator('.code h4').allInnerTexts()).toEqual(['What the handler gets', 'Reply, decrypted', 'Decrypted', 'Envelope, as posted', 'Answer, as sent'])
    expect(await newest().getByRole('region', { name: 'What the handler gets' }).innerText()).toContain('"Content": "在吗"')
    expect(await newest().getByRole('region', { name: 'Envelope, as posted' }).innerText()).toMatch(/POST \/wecom\/callback\?msg_signature=[0-9a-f]{40}.*<Encrypt>/s)
    expect(await newest().locator('.facts').innerText()).toContain('handled once')
    expect(await page.getByRole('article', { name: 'URL verification' }).innerText()).toContain('accepted')
    expect(demo.handled).toEqual(['text'])
  })

  test('the menu sends its events', async () => {
    await page.getByRole('navigation', { name: 'Menu of the app' }).getByRole('button', { name: 'Help' }).click()
    await settled(page)
    expect((await bubbles())[0]).toContain('您好，请问需要什么帮助？')
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('button', { name: 'My orders' }).click()
    await page.locator('.exchange').nth(1).waitFor()
    await settled(page)
    await page.getByRole('button', { name: 'Website' }).click()
    await page.locator('.exchange').nth(2).waitFor()
    await settled(page)
    expect(demo.handled).toEqual(['event.click', 'event.click', 'event.view'])
    expect(await page.locator('.note').last().innerText()).toBe('Handled, no reply')
  })

  test('a wrong signature is refused, and the page says why and what to do', async () => {
    await page.getByRole('button', { name: 'Wrong signature' }).click()
    await say(page, 'hi')
    const forged = newest().locator('.attempt').first()
    const said = await forged.innerText()
    expect(said).toContain('Your app refused it, as it should, and no handler ran.')
    expect(said).toContain('WECOM_SIGNATURE_MISMATCH')
    expect(said).toContain('Compare Token with the console, without blanks.')
    expect(await forged.locator('.status-code').innerText()).toBe('401')
    expect(demo.handled).toEqual(['text'])
    expect(await bubbles()).toEqual(['hi', '收到：hi'])
  })

  test('a slow handler: WeCom hangs up and tries again, one handling, and the retry collects the reply', async () => {
    await page.getByRole('button', { name: 'Slow handler' }).click()
    await page.locator('select[name=patience]').selectOption('500')
    await say(page, '慢一点')
    expect(await newest().locator('.attempt').first().getAttribute('data-outcome')).toBe('timeout')
    const facts = await newest().locator('.facts').innerText()
    expect(facts).toMatch(/2 attempts\s+handled once/)
    expect(demo.handled).toEqual(['text'])
    expect(await bubbles()).toEqual(['慢一点', '收到：慢一点'])
    expect(await newest().innerText()).toContain('got the same result, no second handler ran')
  })

  test('the language can be switched and is remembered', async () => {
    await page.getByRole('button', { name: '切换到中文' }).click()
    expect(await page.title()).toBe('企业微信演练场')
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    await page.reload()
    await page.getByRole('log', { name: '会话' }).waitFor()
    expect(await page.locator('.top h1').innerText()).toBe('企业微信演练场')
  })

  test('the key leaves the address bar, and scripts cannot read the cookie', async () => {
    expect(new URL(page.url()).search).toBe('')
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(await page.content()).not.toContain(demo.credentials.token)
  })

  test('a bot\'s stream grows until it is finished', async () => {
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await page.locator('select[name=patience]').selectOption('1000')
    await say(page, '订会议室')
    expect((await bubbles())[1]).toContain('海棠厅')
    expect(demo.handled).toEqual(['aibot.text', 'aibot.stream', 'aibot.stream'])
    expect(await newest().locator('.facts').innerText()).toContain('stream polls: 2')
  })

  test('JSON envelopes, duplicates, replays, order and lost answers each have a button', async () => {
    for (const name of ['JSON', 'Duplicate', 'Drop answer', 'Replay', 'Reorder', 'Slow network']) await page.getByRole('button', { name, exact: true }).click()
    await page.locator('select[name=patience]').selectOption('500')
    await say(page, '一')
    expect(await page.locator('.bubble.mine').allInnerTexts()).toEqual(['一 (2)', '一 (1)'])
    const faults = await newest().locator('summary .chip').allInnerTexts()
    expect(new Set(faults)).toEqual(new Set(['Drop answer', 'Duplicate', 'Slow network', 'Replay']))
    expect(await newest().getByRole('region', { name: 'Envelope, as posted' }).last().innerText()).toContain('{"tousername"')
  })

  test('a handler that throws: the page shows what, and its place', async () => {
    await page.locator('select[name=patience]').selectOption('500')
    await say(page, 'throw')
    const said = await newest().innerText()
    expect(said).toContain('WECOM_HANDLER_FAILED')
    expect(said).toContain(HOSTILE)
    expect(await page.locator('.note.bad').innerText()).toMatch(/gave up after \d attempts/)
    expect((await newest().locator('.line.error').last().innerText()).startsWith(`Error: ${HOSTILE}`)).toBe(true)
  })

  test('a handler whose reply is refused: code, cause and cure of what refused it come first', async () => {
    await page.locator('select[name=patience]').selectOption('500')
    await say(page, 'no articles')
    const line = await newest().locator('.line.error').last().innerText()
    expect(line).toMatch(/^WECOM_REPLY_INVALID expected [^]+Cause\s+[^]+Cure\s+[^]+WECOM_HANDLER_FAILED/)
    expect(line.match(/^Cause/mg)).toHaveLength(1)
  })

  test('markup stays text: in messages, fields, replies, cards, streams and errors', async () => {
    await say(page, HOSTILE)
    await say(page, 'hostile')
    await page.getByRole('button', { name: 'Bot', exact: true }).click()
    await say(page, HOSTILE)
    await page.getByRole('button', { name: 'Every kind' }).click()
    await page.getByRole('searchbox').fill(HOSTILE)
    await page.getByRole('searchbox').fill('链接消息')
    await page.keyboard.press('Enter')
    for (const field of await page.locator('.field input:not([id$=MsgType])').all()) await field.fill(HOSTILE)
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.locator('.exchange').nth(3).waitFor()
    await settled(page)
    expect((await bubbles()).slice(0, 2)).toEqual([HOSTILE, HOSTILE])
    expect(await page.locator('.card').first().innerText()).toContain(HOSTILE)
    expect(await page.locator('.card.template').innerText()).toContain(HOSTILE)
    expect(await page.evaluate(() => ({ hacked: 'hacked' in window, scripts: document.scripts.length, links: document.links.length, pictures: [...document.images].map(({ src }) => new URL(src).pathname) })))
      .toEqual({ hacked: false, scripts: 1, links: 0, pictures: ['/playground/page/icon.svg'] })
  })
})

test('after a restart the page says that it needs the new address', async () => {
  await say(page, 'hi')
  const { port } = new URL(demo.url)
  await demo.app.close()
  demo = await startDemo(Number(port))
  await page.locator('textarea[name=draft]').fill('still there?')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').innerText()).toContain('Open the address that it printed at its start')
  expect(watched.complaints.splice(0).every(text => text.includes('403'))).toBe(true)
})
