import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.js'
import { selfCheck } from './self-check.js'
import { readSettings, type Settings } from './settings.js'
import { closeOnSignals } from './signals.js'

try {
  const settings = readSettings()
  const app = await buildApp(settings)
  const origin = await listen(app, settings)
  closeOnSignals(app)
  introduce(origin, settings)
  await selfCheck(origin, settings)
  console.log('\nWaiting for messages. Stop with Ctrl+C.')
} catch (error) {
  console.error(`The app does not start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

/** The address to open on this machine. */
async function listen (app: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    const address = await app.listen({ host, port })
    return address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Error(`port ${port} is in use: set another one, as in PORT=3001 npm start`)
  }
}

function introduce (origin: string, { path, token, encodingAESKey, receiveId, model, madeUp }: Settings): void {
  const note = (name: 'token' | 'encodingAESKey' | 'receiveId') => madeUp.has(name) ? '   (made up)' : ''
  const asked = model === undefined
    ? 'a fake one, which needs no key (OPENAI_MODEL names a real one)'
    : `${model.name} at ${model.baseUrl}`
  console.log(`
Example app for WeCom (企业微信) is listening: an echo for the app, and a bot (智能机器人) that streams.

  URL             ${origin}${path}
  Token           ${token}${note('token')}
  EncodingAESKey  ${encodingAESKey}${note('encodingAESKey')}
  receiveId       ${JSON.stringify(receiveId)}${note('receiveId')}
  Model           ${asked}

Paste URL, Token and EncodingAESKey into the WeCom console (应用管理 → the app → 接收消息 → 设置API接收), with a public
address (a tunnel such as frp, ngrok or cloudflared) before ${path}.`)
  if (madeUp.size > 0) {
    console.log('What is made up changes with every start: write WECOM_TOKEN, WECOM_ENCODING_AES_KEY and ' +
      'WECOM_RECEIVE_ID to .env to keep it.')
    if (madeUp.has('receiveId')) {
      console.log("WECOM_RECEIVE_ID must be your corpid (我的企业 → 企业ID), for a bot of your corp empty, or WeCom's " +
        'verification is refused.')
    }
  }
  console.log('\nPlaying WeCom once, to see that it works:\n')
}
