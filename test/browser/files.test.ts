import { Buffer } from 'node:buffer'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRouter, mediaOf, openMedia, openBot, stream, text } from './bot.js'
import { launchChromium, say, settled } from './chromium.js'

let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

/** As the system does where somebody drops files from a folder. */
async function drop (page: Page, name: string, type: string, content: string): Promise<void> {
  const data = await page.evaluateHandle(([name, type, content]) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([content], name, { type }))
    return transfer
  }, [name, type, content] as const)
  await page.locator('.phone').dispatchEvent('dragover', { dataTransfer: data })
  await page.locator('.drop').waitFor()
  await page.locator('.phone').dispatchEvent('drop', { dataTransfer: data })
  expect(await page.locator('.drop').count()).toBe(0)
}

const ended = async (page: Page, count: number) => {
  await expect.poll(async () => await page.locator('[data-opened]').count(), { timeout: 10_000 }).toBe(count)
  await settled(page)
}

test('files that are dropped come as pictures, videos and files, and the bot reads them with nothing set up', async () => {
  const got: unknown[] = []
  const router = createRouter()
  for (const kind of ['image', 'file', 'video'] as const) {
    router.on(`aibot.${kind}`, (message, context) => stream(async writer => {
      const media = await context.openMedia(mediaOf(message)[0] as never)
      const text = Buffer.from(await media.bytes()).toString()
      got.push({ kind, name: media.fileName, text })
      await writer.text(`读到 ${text.length} 字`)
    }))
  }
  const page = await openBot(browser, router)
  await drop(page, '年度报告.txt', 'text/plain', '一二三四五')
  await ended(page, 1)
  await drop(page, 'cat.png', 'image/png', '\u0089PNG')
  await ended(page, 2)
  await page.locator('input[type=file]').setInputFiles({ name: 'walk.mp4', mimeType: 'video/mp4', buffer: Buffer.from('moving') })
  await ended(page, 3)
  expect(got).toEqual([{ kind: 'file', name: '年度报告.txt', text: '一二三四五' }, { kind: 'image', name: 'cat.png', text: '\u0089PNG' }, { kind: 'video', name: 'walk.mp4', text: 'moving' }])
  expect(await page.locator('.bubble.theirs').allInnerTexts()).toEqual(['读到 5 字', '读到 4 字', '读到 6 字'])
  expect(await page.locator('.bubble.mine').first().innerText()).toContain('年度报告.txt · 15 B')
  expect(await page.locator('[data-opened=true]').count()).toBe(3)
}, 40_000)

test('where the bot does not open the file, or refuses its host, the page says what to do', async () => {
  const page = await openBot(browser, createRouter()
    .on('aibot.image', () => stream(['好看']))
    .on('aibot.file', message => stream(async writer => {
      await openMedia(message.file.url, { aesKey: 'x'.repeat(42) + 'A' })
      await writer.text('not reached')
    })))
  await drop(page, 'cat.png', 'image/png', 'x')
  await ended(page, 1)
  expect(await page.locator('[data-opened=false]').innerText()).toContain('context.openMedia(mediaOf(message)[0])')
  await drop(page, 'report.txt', 'text/plain', 'x')
  await page.locator('.hint').waitFor()
  expect(await page.locator('.hint').innerText()).toMatch(/needs hosts: \['http:\/\/127\.0\.0\.1:\d+'\]/)
}, 30_000)

test('what is posted to the response_url is a second bubble, long after the answer as well; a second post is refused', async () => {
  let later = async () => {}
  const page = await openBot(browser, createRouter().on('aibot.text', (_message, context) => {
    later = async () => {
      await context.respond(text('报告好了：**三页**'))
      await context.respond(text('again')).catch(() => {})
    }
    return stream(['正在写报告。'])
  }))
  await say(page, '写报告')
  expect(await page.locator('.bubble.posted').count()).toBe(0)
  await later()
  await page.locator('.bubble.posted').waitFor()
  expect(await page.locator('.bubble.theirs').allInnerTexts()).toEqual(['正在写报告。', '报告好了：三页'])
  await page.reload()
  await page.locator('.bubble.posted').waitFor()
  expect(await page.locator('.bubble.posted').count()).toBe(1)
})

test('a card that is posted is clicked as any', async () => {
  const page = await openBot(browser, createRouter()
    .on('aibot.text', async (_message, context) => {
      await context.respond({
        msgtype: 'template_card',
        template_card: { card_type: 'button_interaction', main_title: { title: '确定吗？' }, task_id: 't1', button_list: [{ text: '是', key: 'yes' }] }
      })
      return stream(['请看卡片。'])
    })
    .on('aibot.event.template_card_event', () => ({
      response_type: 'update_template_card',
      template_card: { card_type: 'text_notice', main_title: { title: '知道了' }, task_id: 't1', card_action: { type: 1, url: 'https://a.example' } }
    })))
  await say(page, 'card')
  await page.getByRole('button', { name: '是', exact: true }).click()
  await page.locator('.card').filter({ hasText: '知道了' }).waitFor()
  expect(await page.locator('.card').count()).toBe(1)
})

test('the rest that does not fit in a stream follows as a bubble', async () => {
  const page = await openBot(browser, createRouter().on('aibot.text', () => stream(['长'.repeat(9_000)])))
  await say(page, '写长一点')
  await page.locator('.bubble.posted').waitFor()
  const [shown, rest] = await page.locator('.bubble.theirs').allInnerTexts() as [string, string]
  expect([...shown + rest].filter(letter => letter === '长')).toHaveLength(9_000)
})
