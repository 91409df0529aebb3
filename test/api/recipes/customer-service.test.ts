import { expect, test, vi } from 'vitest'
import type { WecomApi } from '../../../src/api/index.js'
import { createRouter } from '../../../src/index.js'
import { sample } from '../../../src/testing/index.js'
import { keptValues, openBot } from './bot.js'

interface KfPage { next_cursor: string, has_more: 0 | 1, msg_list: Array<{ msgid: string, msgtype: string }> }
interface Kept { get (name: string): Promise<string | undefined>, set (name: string, value: string): Promise<void> }

function customerService (api: WecomApi, cursors: Kept, handle: (message: KfPage['msg_list'][0]) => Promise<void>) {
  const turns = new Map<string, Promise<void>>()

  async function pull (openKfId: string, token?: string): Promise<void> {
    for (let more = 1; more === 1;) {
      const cursor = await cursors.get(openKfId)
      const page = await api.call<KfPage>('kf/sync_msg', { open_kfid: openKfId, token, cursor })
      for (const message of page.msg_list) await handle(message)
      // Moved last: after a crash the same page comes again, so handle() must be idempotent by msgid.
      await cursors.set(openKfId, page.next_cursor)
      more = page.has_more
    }
  }

  /** One pull at a time for an account. Call it for each account at the start too: messages may have come meanwhile. */
  async function catchUp (openKfId: string, token?: string): Promise<void> {
    const turn = (turns.get(openKfId) ?? Promise.resolve()).catch(() => {}).then(async () => { await pull(openKfId, token) })
    turns.set(openKfId, turn)
    await turn
  }

  const router = createRouter().on('event.kf_msg_or_event', async ({ OpenKfId, Token }) => { await catchUp(OpenKfId, Token) })
  return { router, catchUp }
}

const messages = (from: number, count: number): object[] => Array.from({ length: count }, (_, index) => ({ msgtype: 'text', text: { content: `m${from + index}` } }))

test('an event brings all that is new, page by page, and the cursor of each account goes on', async () => {
  const { fake, api, start } = await openBot({ pageSize: 2 })
  const cursors = keptValues()
  const seen: string[] = []
  const { router } = customerService(api, cursors, async ({ msgid }) => { seen.push(msgid) })
  const client = await start({ handler: router })

  const first = fake.receiveKf('wkA', messages(1, 5))
  await client.send(sample('event.kf_msg_or_event', { OpenKfId: 'wkA', Token: first }))
  await vi.waitFor(() => { expect(seen).toEqual(['kf1', 'kf2', 'kf3', 'kf4', 'kf5']) }, 5_000)
  const second = fake.receiveKf('wkB', messages(1, 1))
  await client.send(sample('event.kf_msg_or_event', { OpenKfId: 'wkB', Token: second }))
  const third = fake.receiveKf('wkA', messages(6, 1))
  // Two events at once: the second finds nothing new.
  await Promise.all([1, 2].map(async () => await client.send(sample('event.kf_msg_or_event', { OpenKfId: 'wkA', Token: third }))))
  await vi.waitFor(() => { expect(seen).toEqual(['kf1', 'kf2', 'kf3', 'kf4', 'kf5', 'kf1', 'kf6']) }, 5_000)
  await vi.waitFor(() => { expect(cursors.all).toEqual(new Map([['wkA', 'cursor6'], ['wkB', 'cursor1']])) }, 5_000)
})

test.each([1, 2, 3, 4, 5, 6, 7])('a handler that never comes back from message %i of seven loses none', async fatal => {
  const { fake, api, start } = await openBot({ pageSize: 3 })
  const cursors = keptValues()
  const seen = new Set<string>()
  let died = false
  const dying = customerService(api, cursors, async ({ msgid }) => {
    // From here on nothing of it ever goes on.
    if (msgid === `kf${fatal}`) {
      died = true
      await new Promise(() => {})
    }
    seen.add(msgid)
  })
  const client = await start({ handler: dying.router, deadline: 50 })
  const token = fake.receiveKf('wkA', messages(1, 7))
  await client.send(sample('event.kf_msg_or_event', { OpenKfId: 'wkA', Token: token }))
  await vi.waitFor(() => { expect(died).toBe(true) }, 5_000)
  expect(seen.size).toBe(fatal - 1)

  const reborn = customerService(api, cursors, async ({ msgid }) => { seen.add(msgid) })
  await reborn.catchUp('wkA')
  expect([...seen].sort()).toEqual(['kf1', 'kf2', 'kf3', 'kf4', 'kf5', 'kf6', 'kf7'])
})

test('WeCom that is busy or breaks off in between costs nothing', async () => {
  const { fake, api } = await openBot({ pageSize: 2 })
  const seen: string[] = []
  fake.receiveKf('wkA', messages(1, 5))
  for (const fault of ['busy', 'cut-off', 'cut-json', 'server-error'] as const) fake.fault('kf/sync_msg', fault)
  // Three repeats are all that a call makes; the fourth fault ends it.
  const { catchUp } = customerService(api, keptValues(), async ({ msgid }) => { seen.push(msgid) })
  await catchUp('wkA').catch(() => {})
  await catchUp('wkA')
  expect(seen).toEqual(['kf1', 'kf2', 'kf3', 'kf4', 'kf5'])
})
