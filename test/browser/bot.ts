import Fastify, { type FastifyInstance } from 'fastify'
import type * as Root from '../../src/index.js'
import type * as Playground from '../../src/playground/index.js'
import type * as Testing from '../../src/testing/index.js'

// The page's scripts exist only after the build; all from there, as the playground and the plugin must be of one piece.
const load = async <Module>(path: string) => await import(new URL(`../../dist/${path}`, import.meta.url).href) as Module
const root = await load<typeof Root>('index.js')
const { playground } = await load<typeof Playground>('playground/index.js')
const { newCredentials } = await load<typeof Testing>('testing/index.js')

export const { createRouter, mediaOf, openMedia, stream, text } = root

export interface Bot {
  app: FastifyInstance
  /** Printed: with the key. */
  url: string
}

/** A bot with a playground on a port of its own, with nothing set up for it. */
export async function startBot (router: Pick<Root.WecomRouter, 'handle'>, options: Partial<Root.WecomOptions> = {}): Promise<Bot> {
  const app = Fastify() as unknown as FastifyInstance
  const credentials = newCredentials('')
  await app.register(root.wecom, { path: '/wecom/callback', credentials, handler: router, ...options })
  let url = ''
  await app.register(playground, { credentials, onAddress: address => { url = address } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, url }
}
