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

function introduce (origin: string, settings: Settings): void {
  const { path, token, encodingAESKey, receiveId, model, api, madeUp } = settings
  const note = (name: 'token' | 'encodingAESKey' | 'receiveId') => madeUp.has(name) ? '   (made up)' : ''
  const asked = model === undefined
    ? 'a fake one, which needs no key (set OPENAI_MODEL to use a real one)'
    : `${model.name} at ${model.baseUrl}`
  const late = api === undefined
    ? 'not sent (set WECOM_CORP_SECRET and WECOM_AGENT_ID to send them)'
    : `sent with the message API as app ${api.agentId}`
  // Without late replies WeCom's last retry has to collect the reply, within some 20 seconds.
  const slow = api === undefined ? 7 : 22
  console.log(`
The example app for WeCom (企业微信) is listening. It has an app that repeats what you write, and a bot (智能机器人) that
streams its answers.

  URL             ${origin}${path}
  Token           ${token}${note('token')}
  EncodingAESKey  ${encodingAESKey}${note('encodingAESKey')}
  receiveId       ${JSON.stringify(receiveId)}${note('receiveId')}
  Model           ${asked}
  Late replies    ${late}

Write "slow ${slow}" or "慢 ${slow}" to get a reply after ${slow} seconds.

To connect it to WeCom, open the WeCom console (应用管理 → your app → 接收消息 → 设置API接收) and enter the Token, the
EncodingAESKey and the URL. The URL needs a public address in place of ${origin}: use a tunnel such as frp,
ngrok or cloudflared.`)
  if (madeUp.size > 0) {
    console.log(`
The values marked "made up" change at every start. To keep them, set WECOM_TOKEN, WECOM_ENCODING_AES_KEY and
WECOM_RECEIVE_ID in a .env file.`)
    if (madeUp.has('receiveId')) {
      console.log('Set WECOM_RECEIVE_ID to your corpid (我的企业 → 企业ID), or leave it empty for a bot of your corp: ' +
        "otherwise\nthe app refuses WeCom's verification.")
    }
  }
  console.log('\nSelf-check: the app now receives what WeCom would send.\n')
}
