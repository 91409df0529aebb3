import Fastify, { type FastifyInstance } from 'fastify'
import wecom, { text } from 'fastify-wecom'
import type { Settings } from './settings.js'

/** An echo bot: says back what a member of the corp writes to the app. */
export async function buildApp ({ path, token, encodingAESKey, receiveId }: Settings): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: 'warn' } })

  await app.register(wecom, {
    path,
    credentials: { token, encodingAESKey, receiveId },
    handler: async request => {
      const message = request.wecomMessage
      console.log('  ← received', message)
      if (message.MsgType === 'text') return text(`你说：${message.Content}`)
      // Nothing to say: WeCom gets the empty answer that the scene wants.
    }
  })

  return app
}
