import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { openReply, signEcho, signMessage, type Settings, type Style } from '../support/requests.js'

export const TEXT = '<xml><ToUserName>corp</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>7390418264419835907</MsgId></xml>'

/** Sends a message as WeCom would, without a server's socket. */
export async function send (app: FastifyInstance, url: string, settings: Settings, { message = TEXT, style = 'xml' as Style, headers = {} } = {}): Promise<LightMyRequestResponse> {
  const { query, body } = signMessage(settings, message, style)
  return await app.inject({ method: 'POST', url, query, payload: body, headers: { 'content-type': 'text/xml', ...headers } } as InjectOptions)
}

/** Sends a message and opens the reply. */
export async function ask (app: FastifyInstance, url: string, settings: Settings, options: Parameters<typeof send>[3] = {}): Promise<string> {
  const response = await send(app, url, settings, options)
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
  return response.body === '' ? '' : openReply(settings, response.body, options.style ?? 'xml').plaintext
}

/** Verifies the URL as WeCom would. */
export async function verify (app: FastifyInstance, url: string, settings: Settings): Promise<LightMyRequestResponse> {
  return await app.inject({ method: 'GET', url, query: { ...signEcho(settings, '1616140317555161061') } })
}
