import { expect, expectTypeOf, test } from 'vitest'
import { createReceiver, type CredentialHint, type WecomCallback } from '../../src/receiver/index.js'
import { newSettings, signMessage } from '../support/requests.js'

const settings = newSettings()
const receiver = createReceiver({ credentials: settings })

test.each([
  ['a message', '<xml><ToUserName>ww</ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><MsgType>text</MsgType></xml>', 'zhangsan'],
  ['an event of the system', '<xml><ToUserName>ww</ToUserName><FromUserName>sys</FromUserName><MsgType>event</MsgType><Event>new</Event></xml>', 'sys'],
  ['a message of a bot', '{"aibotid":"a","msgtype":"text","from":{"userid":"lisi"}}', 'lisi'],
  ['a message of a group robot', '<xml><WebhookUrl>w</WebhookUrl><MsgType>text</MsgType><From><UserId>wangwu</UserId></From></xml>', 'wangwu'],
  ['a message of a group robot in JSON', '{"webhook_url":"w","msgtype":"text","from":{"user_id":"wangwu"}}', 'wangwu'],
  ['a notice', '<xml><InfoType>suite_ticket</InfoType></xml>', undefined],
  ['an empty one', '<xml><ToUserName>ww</ToUserName><FromUserName></FromUserName><MsgType>text</MsgType></xml>', undefined],
  ['two of them', '<xml><ToUserName>ww</ToUserName><FromUserName>zhangsan</FromUserName><MsgType>text</MsgType><FromUserName>boss</FromUserName></xml>', 'zhangsan']
])('the sender of %s is told in one place', async (_what, message, sender) => {
  expect(await receiver.receive(signMessage(settings, message))).toMatchObject({ sender })
})

test('parameters of a path are texts', () => {
  expectTypeOf<CredentialHint['params']>().toEqualTypeOf<Readonly<Record<string, string>>>()
  expectTypeOf<WecomCallback['params']>().toEqualTypeOf<Readonly<Record<string, string>>>()
})
