import { buildApp } from './app.js'
import { selfCheck } from './self-check.js'
import { readSettings } from './settings.js'

const settings = readSettings()
const app = await buildApp(settings)

const origin = await listen()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close())

console.log(`
Echo bot for WeCom (企业微信) is listening.

  URL             ${origin}${settings.path}
  Token           ${settings.token}
  EncodingAESKey  ${settings.encodingAESKey}
  receiveId       ${JSON.stringify(settings.receiveId)}

Paste URL, Token and EncodingAESKey into the WeCom console (应用管理 → the app → 接收消息 → 设置API接收), with a public
address before ${settings.path}. ${settings.generated
  ? `They are made up for this run; to keep them, write them to .env:
  WECOM_TOKEN=… WECOM_ENCODING_AES_KEY=… and WECOM_RECEIVE_ID=<your corpid>`
  : 'They come from the environment or .env.'}

Playing WeCom once, to see that it works:
`)
await selfCheck(origin, settings)
console.log('\nWaiting for messages. Stop with Ctrl+C.')

/** The address to open on this machine. */
async function listen (): Promise<string> {
  try {
    const address = await app.listen({ host: settings.host, port: settings.port })
    return address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    console.error(code === 'EADDRINUSE' ? `Port ${settings.port} is in use: set another one, as in PORT=3001 npm start` : message)
    process.exit(1)
  }
}
