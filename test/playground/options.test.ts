import { expect, test } from 'vitest'
import type { PlaygroundOptions } from '../../src/playground/index.js'
import { credentials, startApp } from './app.js'

test.each<[string, object, string, string]>([
  ['an option', { onAdress: () => {} }, 'expected the playground to have only target, credentials, path, force, key, allow, menu, onAddress', 'got "onAdress". Did you mean onAddress?'],
  ['an option in another case', { Target: '/wecom/callback' }, 'expected the playground', 'got "Target". Did you mean target?'],
  ['an option that is like none', { colour: 'green' }, 'expected the playground', 'got "colour". Leave it out.'],
  ['the key of the callback', { credentials: { token: credentials.token, encodingAesKey: credentials.encodingAESKey, receiveId: '' } }, 'expected credentials to have token, encodingAESKey, receiveId', 'got "encodingAesKey". Did you mean encodingAESKey?'],
  ['the receiveId of URL verification', { credentials: { ...credentials, verifyReceiveID: 'ww1' } }, 'expected credentials to have', 'got "verifyReceiveID". Did you mean verifyReceiveId?'],
  ['a field of a menu\'s button', { menu: { button: [{ name: 'Help', keys: 'HELP' }] } }, 'expected menu.button[0] to have name, type, key, url', 'got "keys". Did you mean key?'],
  ['a field of a button below another', { menu: { button: [{ name: 'Help', key: 'HELP' }, { name: 'More', sub_button: [{ name: 'Site', ur1: 'https://x.example' }] }] } }, 'expected menu.button[1].sub_button[0] to have', 'got "ur1". Did you mean url?'],
  ['the buttons below another', { menu: { button: [{ name: 'More', sub_buttons: [] }] } }, 'expected menu.button[0] to have', 'got "sub_buttons". Did you mean sub_button?']
])('%s that is misspelled is refused at the start, with what was meant', async (_what, options, expected, told) => {
  const message = expect.toSatisfy((text: string) => text.includes(expected) && text.includes(told), `${expected} … ${told}`) as string
  await expect(startApp(options as Partial<PlaygroundOptions>)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message })
})

test('what Fastify takes, the credentials of the plugin and what WeCom\'s menu API answers are no slips', async () => {
  const menu = { errcode: 0, errmsg: 'ok', button: [{ name: 'Mini', type: 'view_miniprogram', pagepath: 'pages/lunch', appid: 'wx1' }, { name: 'Scan', type: 'scancode_push', key: 'S', sub_button: [] }] }
  const options = { prefix: '/corp', logLevel: 'warn', credentials: { ...credentials, name: 'desk', emptyAnswer: 'auto', id: 7 }, menu, force: undefined, colour: undefined }
  await expect(startApp(options as Partial<PlaygroundOptions>)).resolves.toBeDefined()
})
