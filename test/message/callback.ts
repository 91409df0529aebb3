import { encrypt, getSignature } from '@wecom/crypto'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import wecom, { type WecomOptions } from '../../src/index.js'

/** The plugin on a server of its own, as an app would have it. */
export async function appWith (handler: NonNullable<WecomOptions['handler']>, options: Partial<WecomOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  // Without a store: samples share their ids.
  await app.register(wecom, { path: '/callback', store: false, credentials: { token: TOKEN, encodingAESKey: KEY, receiveId: RECEIVE_ID }, handler, ...options })
  return app
}

/** Sends a message as WeCom would; sealed by WeCom's own library. */
export async function send (app: FastifyInstance, plaintext: string | Buffer, envelope: 'xml' | 'json' = 'xml'): Promise<LightMyRequestResponse> {
  const sealed = encrypt(KEY, plaintext as string, RECEIVE_ID)
  const timestamp = String(Math.floor(Date.now() / 1000))
  return await app.inject({
    method: 'POST',
    url: '/callback',
    query: { msg_signature: getSignature(TOKEN, timestamp, 'nonce', sealed), timestamp, nonce: 'nonce' },
    payload: envelope === 'xml' ? `<xml><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>` : JSON.stringify({ encrypt: sealed })
  })
}

export const TOKEN = 'testToken'
export const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
export const RECEIVE_ID = 'ww1a2b3c4d5e6f7081'
