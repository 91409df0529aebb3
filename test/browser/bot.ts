import Fastify, { type FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import type * as Root from '../../src/index.js'
import type * as Playground from '../../src/playground/index.js'
import type * as Testing from '../../src/testing/index.js'
import { openPlayground } from './chromium.js'

// The page's scripts exist only after the build; all from there, as the playground and the plugin must be of one piece.
const load = async <Module>(path: string) => await import(new URL(`../../dist/${path}`, import.meta.url).href) as Module
const root = await load<typeof Root>('index.js')
const { playground } = await load<typeof Playground>('playground/index.js')
const { newCredentials } = await load<typeof Testing>('testing/index.js')

export const { createRouter, mediaOf, openMedia, stream, text } = root

interface Bot {
  app: FastifyInstance
  /** Printed: with the key. */
  url: string
}

/** A bot with a playground on a port of its own, with nothing set up for it. */
async function startBot (router: Pick<Root.WecomRouter, 'handle'>, options: Partial<Root.WecomOptions> = {}): Promise<Bot> {
  const app = Fastify() as unknown as FastifyInstance
  const credentials = newCredentials('')
  await app.register(root.wecom, { path: '/wecom/callback', credentials, handler: router, ...options })
  let url = ''
  await app.register(playground, { credentials, onAddress: address => { url = address } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, url }
}

/**
 * The page, with the bot in front, and WeCom in a hurry: it asks five times as often. Closed when the test that calls
 * it ends, without complaints of the page by then.
 */
export async function openBot (
  browser: Browser,
  router: Pick<Root.WecomRouter, 'handle'>,
  options: Partial<Root.WecomOptions> = {},
  patience = '1000'
): Promise<Page> {
  const bot = await startBot(router, options)
  const { page, complaints } = await openPlayground(browser, bot.url)
  onTestFinished(async () => {
    expect(complaints).toEqual([])
    await page.context().close()
    await bot.app.close()
  })
  await page.getByRole('button', { name: 'Bot', exact: true }).click()
  await page.locator('select[name=patience]').selectOption(patience)
  return page
}
