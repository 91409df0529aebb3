import Fastify, { type FastifyInstance } from 'fastify'
import wecom, { text } from 'fastify-wecom'
import playground from 'fastify-wecom/playground'
import type { Settings } from './settings.js'

/** An echo bot: says back what a member of the corp writes to the app, and shows it in the playground. */
export async function buildApp ({
  path, token, encodingAESKey, receiveId, playgroundKey, playgroundAllow
}: Settings): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: 'warn' } })
  const credentials = { token, encodingAESKey, receiveId }

  await app.register(wecom, {
    path,
    credentials,
    handler: async request => {
      const message = request.wecomMessage
      console.log('  ← received', message)
      if (message.MsgType === 'text') return text(`你说：${message.Content}`)
      if (message.MsgType === 'event' && message.Event === 'click') return text(`你点了：${message.EventKey}`)
      // Nothing to say: WeCom gets the empty answer that the scene wants.
    }
  })

  // A page that plays WeCom against this very app; prints its address. It is off where NODE_ENV is production.
  await app.register(playground, { target: path, credentials, key: playgroundKey, allow: playgroundAllow })

  return app
}
