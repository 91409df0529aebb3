import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRouter, openBot, stream } from './bot.js'
import { launchChromium, say, settled } from './chromium.js'

let browser: Browser

beforeAll(async () => { browser = await launchChromium() }, 300_000)
afterAll(async () => { await browser.close() })

async function send (page: Page, text: string): Promise<void> {
  await page.locator('textarea[name=draft]').fill(text)
  await page.keyboard.press('Enter')
}

const theirs = (page: Page) => page.locator('.bubble.theirs')

test('a bubble grows in place as WeCom asks, about once a second, and says how it ended', async () => {
  const words = ['海棠厅', '今天下午', '三点有空，', '可容纳', '十二', '人。']
  const page = await openBot(browser, createRouter().on('aibot.text', () => stream(async function * () {
    for (const word of words) {
      yield word
      await wait(700)
    }
  }())), {}, '5000')
  await send(page, '订会议室')
  const seen: string[] = []
  await expect.poll(async () => {
    const text = await theirs(page).innerText()
    if (seen.at(-1) !== text) seen.push(text)
    return await page.locator('.note.end').count()
  }, { timeout: 20_000, interval: 50 }).toBe(1)
  expect(await theirs(page).count()).toBe(1)
  expect(await theirs(page).innerText()).toBe(words.join(''))
  const grown = seen.filter(text => text !== '')
  expect(grown.length).toBeGreaterThanOrEqual(3)
  for (const [index, text] of grown.entries()) expect(text.startsWith(grown[index - 1] ?? '')).toBe(true)
  expect(await page.locator('.note.end').innerText()).toMatch(/^Finished · complete · stream polls: [3-8] · [4-9]\.\d+ s$/)
}, 40_000)

test('thinking is open while there is nothing else, and folded once there is an answer', async () => {
  let answer = () => {}
  const thought = new Promise<void>(resolve => { answer = resolve })
  const page = await openBot(browser, createRouter().on('aibot.text', () => stream(async writer => {
    await writer.thinking('用户想订会议室。')
    await thought
    await writer.text('**海棠厅**有空。')
  })))
  await send(page, '订会议室')
  const details = theirs(page).locator('details')
  await expect.poll(async () => await details.innerText()).toContain('用户想订会议室。')
  expect(await details.getAttribute('open')).not.toBeNull()
  expect(await details.locator('summary').innerText()).toBe('Thinking…')
  answer()
  await settled(page)
  expect(await details.getAttribute('open')).toBeNull()
  expect(await theirs(page).innerText()).toMatch(/^Reasoning\s+海棠厅有空。$/)
  await details.locator('summary').click()
  expect(await details.innerText()).toContain('用户想订会议室。')
})

test('a source that fails, and one that says nothing, end as such', async () => {
  const page = await openBot(browser, createRouter().on('aibot.text', ({ text: { content } }) => stream(async function * () {
    if (content === 'nothing') return
    yield '查到一半'
    await wait(300)
    throw new Error('the model is gone')
  }())))
  await say(page, 'fail')
  expect(await page.locator('.note.end').getAttribute('data-cause')).toBe('failed')
  expect(await theirs(page).innerText()).toMatch(/^查到一半\s+\S/)
  await say(page, 'nothing')
  expect(await page.locator('.note.end').last().getAttribute('data-cause')).toBe('empty')
})

test('what is wrong with frames is told below the bubble', async () => {
  const texts = ['会议室海棠厅', '会议室']
  const page = await openBot(browser, createRouter()
    .on('aibot.text', () => ({ msgtype: 'stream' as const, stream: { id: 'own', finish: false, content: texts[0] as string } }))
    .on('aibot.stream', () => ({ msgtype: 'stream' as const, stream: { id: 'own', finish: true, content: texts[1] as string } })))
  await say(page, '订会议室')
  expect(await page.locator('.note.problem').allInnerTexts()).toEqual([expect.stringMatching(/less than the 18 shown before/)])
})

test('an answer with a feedback id is rated; what was pressed already is withdrawn, and a reload keeps it', async () => {
  const rated: unknown[] = []
  const page = await openBot(browser, createRouter()
    .on('aibot.text', () => stream(['海棠厅有空。'], { feedback: 'answer-7' }))
    .on('aibot.event.feedback_event', ({ chattype, event: { feedback_event: feedback } }) => { rated.push({ chattype, ...feedback }) }))
  await say(page, '订会议室')
  for (const name of ['Accurate', 'Not accurate', 'Not accurate', 'Accurate']) {
    const before = rated.length
    await page.getByRole('button', { name, exact: true }).click()
    await expect.poll(() => rated.length).toBe(before + 1)
  }
  expect(rated).toEqual([1, 2, 3, 1].map(type => ({ chattype: 'single', id: 'answer-7', type })))
  await settled(page)
  await page.reload()
  await page.locator('.rating').waitFor()
  expect(await page.getByRole('button', { name: 'Accurate', exact: true }).getAttribute('aria-pressed')).toBe('true')
})

test('a card is clicked: its event comes with what was chosen, and the answer changes the card where it stands', async () => {
  const events: unknown[] = []
  const title = (title: string) => ({ card_type: 'button_interaction' as const, main_title: { title }, task_id: 'room-1' })
  const page = await openBot(browser, createRouter()
    .on('aibot.text', () => ({
      msgtype: 'template_card' as const,
      template_card: {
        ...title('订哪一间？'),
        button_selection: { question_key: 'room', title: '会议室', option_list: [{ id: 'a', text: '海棠厅' }, { id: 'b', text: '玉兰厅' }] },
        button_list: [{ text: '确定', key: 'book' }, { text: '算了', key: 'leave' }]
      }
    }))
    .on('aibot.event.template_card_event', ({ event: { template_card_event: event } }) => {
      events.push(event)
      return { response_type: 'update_template_card' as const, template_card: { ...title('已预订'), button_list: [{ text: '取消', key: 'cancel' }] } }
    }))
  await say(page, '订会议室')
  const card = page.locator('.card.template')
  await card.locator('select').selectOption({ label: '玉兰厅' })
  await card.getByRole('button', { name: '确定' }).click()
  await card.getByRole('button', { name: '取消' }).waitFor()
  expect(events).toEqual([{ card_type: 'button_interaction', event_key: 'book', task_id: 'room-1', selected_items: { selected_item: [{ question_key: 'room', option_ids: { option_id: ['b'] } }] } }])
  expect(await card.count()).toBe(1)
  expect(await card.innerText()).toContain('已预订')
  expect(await page.locator('.exchange').first().locator('.card').count()).toBe(1)
  expect(await page.locator('.note').last().innerText()).toBe('The card was updated in place')
})

test('a vote sends each choice, and a question of a card is asked', async () => {
  const chosen: unknown[] = []
  const page = await openBot(browser, createRouter()
    .on('aibot.text', ({ text: { content } }) => content === '还有吗？'
      ? stream(['没有了'])
      : {
          msgtype: 'template_card' as const,
          template_card: content === 'vote'
            ? {
                card_type: 'vote_interaction' as const,
                main_title: { title: '午饭' },
                task_id: 'lunch',
                checkbox: { question_key: 'what', mode: 1 as const, option_list: [{ id: '1', text: '面' }, { id: '2', text: '饭', is_checked: true }, { id: '3', text: '饺子' }] },
                submit_button: { text: '投票', key: 'vote' }
              }
            : {
                card_type: 'text_notice' as const,
                main_title: { title: '菜单' },
                card_action: { type: 1 as const, url: 'https://lunch.example' },
                jump_list: [{ type: 3 as const, title: '还有别的？', question: '还有吗？' }]
              }
        })
    .on('aibot.event.template_card_event', ({ event }) => { chosen.push(event.template_card_event.selected_items) }))
  await say(page, 'vote')
  await page.getByLabel('饺子').check()
  await page.getByRole('button', { name: '投票' }).click()
  await expect.poll(() => chosen).toEqual([{ selected_item: [{ question_key: 'what', option_ids: { option_id: ['2', '3'] } }] }])
  await settled(page)
  await say(page, 'menu')
  await page.getByRole('button', { name: '还有别的？' }).click()
  await page.locator('.bubble.theirs').filter({ hasText: '没有了' }).waitFor()
})

test('where its producer is killed the bubble ends all the same, with what there is and a clear word', async () => {
  let aborted = false
  const page = await openBot(browser, createRouter().on('aibot.text', (_message, { signal }) => {
    signal.addEventListener('abort', () => { aborted = true })
    return stream(async function * () {
      for (let count = 1; ; count++) {
        yield `第${count}句。`
        await wait(100)
      }
    }())
  }))
  await page.getByRole('button', { name: 'Kill the producer' }).click()
  await say(page, '讲个故事')
  expect(aborted).toBe(true)
  expect(await theirs(page).innerText()).toMatch(/^第1句。第2句。[^]+\n\s*\S/)
  expect(await page.locator('.note.end').getAttribute('data-cause')).toBe('lost')
  expect(await page.locator('.note.problem').count()).toBe(0)
}, 20_000)
