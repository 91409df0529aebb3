import Fastify from 'fastify'
import { onTestFinished } from 'vitest'
import { createWecomApi, type WecomApi } from '../../../src/api/index.js'
import wecom, { type WecomOptions } from '../../../src/index.js'
import { newCredentials, wecomClient, type FakeApi, type FakeApiOptions, type WecomClient } from '../../../src/testing/index.js'
import { openFake } from '../open.js'

export interface Bot {
  fake: FakeApi
  api: WecomApi
  /** Another server of the same app, as after a restart. */
  start (options: Partial<WecomOptions>, receiveId?: string): Promise<WecomClient>
}

/** The API played, an app that calls it, and WeCom's side of the callback over real HTTP. */
export async function openBot (options: FakeApiOptions = {}): Promise<Bot> {
  const fake = await openFake(options)
  const api = createWecomApi(fake.settings)
  const keys = newCredentials()
  return {
    fake,
    api,
    async start (plugin, receiveId = fake.settings.corpId) {
      const credentials = { ...keys, receiveId }
      const app = Fastify({ forceCloseConnections: true })
      await app.register(wecom, { path: '/wecom', credentials, closeGrace: 100, ...plugin } as WecomOptions)
      const url = await app.listen({ host: '127.0.0.1', port: 0 })
      onTestFinished(async () => { await app.close() })
      return wecomClient({ credentials, url: `${url}/wecom` })
    }
  }
}

/** What a program keeps where it survives: here a Map, as the test outlives its servers. */
export function keptValues (): { get (name: string): Promise<string | undefined>, set (name: string, value: string): Promise<void>, all: Map<string, string> } {
  const all = new Map<string, string>()
  return { all, get: async name => all.get(name), set: async (name, value) => { all.set(name, value) } }
}
