import Fastify, { type FastifyInstance } from 'fastify'
import wecom, { createRouter, text } from 'fastify-wecom'
import { createWecomApi, type WecomApi } from 'fastify-wecom/api'
import playground from 'fastify-wecom/playground'
import { fakeModel } from 'fastify-wecom/testing'
import { createChat } from './chat.js'
import type { Model } from './model.js'
import { pauseFor } from './pause.js'
import type { Settings } from './settings.js'

/** Repeats what a member of the corp writes to the app, chats as a bot, and shows both in the playground. */
export async function buildApp ({
  path, token, encodingAESKey, receiveId, playgroundKey, playgroundAllow, model, api
}: Settings): Promise<FastifyInstance> {
  // The last polls of streams come while the server closes: the plugin answers them, and refuses the rest itself.
  const app = Fastify({ logger: { level: 'warn' }, return503OnClosing: false })
  const credentials = { token, encodingAESKey, receiveId }
  const chat = createChat(model ?? await startFakeModel(app))

  const router = createRouter()
    .on('text', async (message, context) => {
      await pauseFor(message.Content, context)
      return text(`你说：${message.Content}`)
    })
    .on('event.click', message => text(`你点了：${message.EventKey}`))
    .on('aibot.text', chat)
    .onUnhandled(() => {
      // Nothing to say: WeCom gets the empty answer that the scene wants.
    })

  await app.register(wecom, {
    path,
    credentials,
    handler (request) {
      console.log('  ← received', request.wecomMessage)
      return router.handle(request.wecomMessage, request.wecom)
    },
    onLateReply: api && sendLate(createWecomApi(api))
  })

  // A page that acts as WeCom towards this app. It prints its address, and is off where NODE_ENV is production.
  await app.register(playground, { target: path, credentials, key: playgroundKey, allow: playgroundAllow })

  return app
}

/** Sends what comes after WeCom's five seconds with the message API. */
function sendLate ({ onLateReply }: WecomApi): WecomApi['onLateReply'] {
  return async (reply, context) => {
    const result = await onLateReply(reply, context)
    console.log(`  → sent with the message API, as WeCom no longer waits: msgid ${result.msgid ?? 'unknown'}`)
    return result
  }
}

/** Needs no key, and gives everyone the same answer. */
async function startFakeModel (app: FastifyInstance): Promise<Model> {
  const { url, close } = await fakeModel({ delay: 60 })
  app.addHook('onClose', close)
  return { baseUrl: url, apiKey: undefined, name: 'fake' }
}
