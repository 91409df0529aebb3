import { describe, expect, test, vi } from 'vitest'
import { createReceiver, createRouter, type Router } from '../../src/receiver/index.js'
import { createRouter as createPluginRouter, text, type RouterKey } from '../../src/index.js'
import { appWith, KEY, RECEIVE_ID, send, TOKEN } from '../message/callback.ts'

type AnyRouter = Router<{ kind: string }>

/** Which of the handlers a message of this kind reaches. */
async function reached (router: AnyRouter, kind: string): Promise<unknown> {
  return await router.handle({}, { kind })
}

/** A router hands on what a handler returned, and looks at none of it. */
const marked = (name: string): '' => name as ''

const naming = (...keys: RouterKey[]): AnyRouter => {
  const router = createRouter<{ kind: string }>()
  for (const key of keys) router.on(key, () => marked(key))
  return router
}

describe('the most specific key wins', () => {
  const router = naming('event', 'event.change_contact', 'event.change_contact.create_user', 'info', 'aibot', 'aibot.event', 'groupbot', 'text').onUnhandled(() => marked('unhandled'))

  test.each([
    ['event.change_contact.create_user', 'event.change_contact.create_user'],
    ['event.change_contact.update_user', 'event.change_contact'],
    ['event.click', 'event'],
    ['info.suite_ticket', 'info'],
    ['aibot.event.enter_chat', 'aibot.event'],
    ['aibot.text', 'aibot'],
    ['groupbot.event.enter_chat', 'groupbot'],
    ['text', 'text'],
    ['image', 'unhandled'],
    ['unknown', 'unhandled']
  ])('%s reaches %s', async (kind, key) => {
    expect(await reached(router, kind)).toBe(key)
  })

  test('in whatever order they were registered', async () => {
    expect(await reached(naming('event.click', 'event'), 'event.click')).toBe('event.click')
    expect(await reached(naming('event', 'event.click'), 'event.click')).toBe('event.click')
  })

  test('a prefix ends at a full stop', async () => {
    expect(await reached(naming('info.change_school_contact').onUnhandled(() => marked('unhandled')), 'info.change_school_contact_batch')).toBe('unhandled')
  })
})

test('a handler of several keys gets the messages of each', async () => {
  const router = createRouter<{ kind: string }>().on(['text', 'event.click'], () => text('either'))
  expect(await reached(router, 'text')).toEqual(text('either'))
  expect(await reached(router, 'event.click')).toEqual(text('either'))
})

test('a handler gets the message and the context as they came', async () => {
  const handler = vi.fn()
  const message = { MsgType: 'text' }
  const context = { kind: 'text', more: 1 }
  await createRouter<{ kind: string }>().on('text', handler).handle(message, context)
  expect(handler.mock.calls).toEqual([[message, context]])
  expect(handler.mock.calls[0]?.[1]).toBe(context)
})

test('nothing is said where nobody handles, and where a handler returns at once without a value', async () => {
  expect(await reached(createRouter<{ kind: string }>(), 'text')).toBe(undefined)
  expect(await reached(createRouter<{ kind: string }>().on('text', () => {}), 'text')).toBe(undefined)
})

describe('errors of handlers', () => {
  const failing = (): AnyRouter => createRouter<{ kind: string }>()
    .on('text', () => { throw new Error('at once') })
    .on('image', async () => { throw new Error('later') })
    .onUnhandled(() => { throw new Error('unhandled') })

  test.each([['text', 'at once'], ['image', 'later'], ['video', 'unhandled']])('%s: without onError it is thrown on', async (kind, message) => {
    await expect(reached(failing(), kind)).rejects.toThrow(message)
  })

  test.each([['text', 'at once'], ['image', 'later'], ['video', 'unhandled']])('%s: onError answers instead', async (kind, message) => {
    const router = failing().onError((error, context) => marked(`${(error as Error).message}, ${context.kind}`))
    expect(await reached(router, kind)).toBe(`${message}, ${kind}`)
  })

  test('onError may throw on', async () => {
    await expect(reached(failing().onError(error => { throw error }), 'text')).rejects.toThrow('at once')
  })
})

describe('wrong registrations are refused at once', () => {
  test.each([
    ['the same key twice', (router: AnyRouter) => router.on('text', () => {}).on('text', () => {}), /one handler for text, got a second one/],
    ['a key twice in lists', (router: AnyRouter) => router.on(['text', 'image'], () => {}).on(['image', 'voice'], () => {}), /one handler for image/],
    ['onUnhandled twice', (router: AnyRouter) => router.onUnhandled(() => {}).onUnhandled(() => {}), /one handler for onUnhandled/],
    ['a wrong key', (router: AnyRouter) => router.on('event.clikc' as 'text', () => {}), /docs\/messages\.md.*got "event\.clikc"/],
    ['a key without its prefix', (router: AnyRouter) => router.on('click' as 'text', () => {}), /Did you mean 'event\.click'\?/],
    ['a key in the wrong case', (router: AnyRouter) => router.on('location_Select' as 'text', () => {}), /Did you mean 'event\.location_select'\?/],
    ['another spelling', (router: AnyRouter) => router.on('event.smart_sheet_change.add_field' as 'text', () => {}), /Did you mean 'event\.smart_sheet_change\.add_filed'\?/],
    ['a key in capitals', (router: AnyRouter) => router.on('Text' as 'text', () => {}), /Did you mean 'text'\?/],
    ['a key with a letter left out', (router: AnyRouter) => router.on('event.change_contact.create_usr' as 'text', () => {}), /Did you mean 'event\.change_contact\.create_user'\?/],
    ['a prefix with a letter left out', (router: AnyRouter) => router.on('event.change_contac' as 'text', () => {}), /Did you mean 'event\.change_contact'\?/],
    ['two letters swapped', (router: AnyRouter) => router.on('event.clikc' as 'text', () => {}), /Did you mean 'event\.click'\?/],
    ['a full stop too many', (router: AnyRouter) => router.on('event.change_contact.' as 'text', () => {}), /Did you mean 'event\.change_contact'\?/],
    ['a beginning', (router: AnyRouter) => router.on('event.smart_sheet' as 'text', () => {}), /Did you mean 'event\.smart_sheet_change'\?/],
    ['something else altogether', (router: AnyRouter) => router.on('carrier_pigeon' as 'text', () => {}), /Kinds that this package does not know reach onUnhandled\./],
    ['a short name that is near to many', (router: AnyRouter) => router.on('foto' as 'text', () => {}), /Kinds that this package does not know reach onUnhandled\./],
    ['a number', (router: AnyRouter) => router.on(5 as unknown as 'text', () => {}), /Kinds that this package does not know reach onUnhandled\./],
    ['a key twice in one list', (router: AnyRouter) => router.on(['text', 'text'], () => {}), /one handler for text, got a second one/],
    ['an empty key', (router: AnyRouter) => router.on('' as 'text', () => {}), /got ""/],
    ['half a part of a key', (router: AnyRouter) => router.on('event.change' as 'text', () => {}), /got "event\.change"/],
    ['no handler', (router: AnyRouter) => router.on('text', undefined as unknown as () => void), /the handler for text to be a function, got undefined/]
  ])('%s', (_what, register, message) => {
    expect(() => register(createRouter<{ kind: string }>())).toThrow(expect.objectContaining({ code: 'WECOM_ROUTE_INVALID', message: expect.stringMatching(message) }))
  })
})

test.each<[string, string[]]>([['one that is taken', ['text', 'image']], ['one that is none', ['text', 'imagee']], ['one that comes twice', ['text', 'text']]])('a list with %s adds none of its keys', async (_what, keys) => {
  const router = createRouter<{ kind: string }>().on('image', () => marked('image')).onUnhandled(() => marked('unhandled'))
  expect(() => router.on(keys as ['text'], () => marked('text'))).toThrow(expect.objectContaining({ code: 'WECOM_ROUTE_INVALID' }))
  expect(await reached(router, 'text')).toBe('unhandled')
  expect(await reached(router, 'image')).toBe('image')
  expect(await reached(router.on('text', () => marked('text')), 'text')).toBe('text')
})

describe('in the plugin', () => {
  const message = '<xml><ToUserName>ww</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>1</MsgId><AgentID>1</AgentID></xml>'

  test('the context is request.wecom, and the reply is encrypted', async () => {
    let kind: string | undefined
    const app = await appWith(createPluginRouter().on('text', ({ Content }, context) => {
      kind = context.kind
      context.log.info(context.attempt)
      return text(`you said ${Content}`)
    }))
    const { statusCode, body } = await send(app, message)
    expect({ statusCode, kind, encrypted: /<Encrypt>/.test(body) }).toEqual({ statusCode: 200, kind: 'text', encrypted: true })
    await app.close()
  })

  test('a handler that returns nothing at once says nothing, at once', async () => {
    const app = await appWith(createPluginRouter().on('text', () => {}))
    expect(await send(app, message)).toMatchObject({ statusCode: 200, body: '' })
    await app.close()
  })

  test('what a handler of a kind without passive reply returns is not looked at', async () => {
    const app = await appWith(createPluginRouter().on('info.suite_ticket', () => ({ saved: true })).on('event.change_contact', async () => 7).onUnhandled(() => ({ any: 'thing' }) as unknown as undefined))
    expect(await send(app, '<xml><SuiteId>s</SuiteId><InfoType>suite_ticket</InfoType><TimeStamp>1</TimeStamp><SuiteTicket>t</SuiteTicket></xml>')).toMatchObject({ statusCode: 200, body: 'success' })
    expect(await send(app, '<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>delete_user</ChangeType></xml>')).toMatchObject({ statusCode: 200, body: '' })
    expect(await send(app, '<xml><FromUserName>a</FromUserName><MsgType>event</MsgType><Event>brand_new</Event></xml>')).toMatchObject({ statusCode: 200, body: '' })
    await app.close()
  })

  test('a kind that is not known may be answered', async () => {
    const app = await appWith(createPluginRouter().onUnhandled((_message, { kind }) => text(kind)))
    expect((await send(app, '<xml><ToUserName>ww</ToUserName><FromUserName>a</FromUserName><MsgType>hologram</MsgType></xml>')).body).toMatch(/<Encrypt>/)
    await app.close()
  })

  test('a handler that throws fails the run, so that WeCom sends again', async () => {
    const app = await appWith(createPluginRouter().on('text', () => { throw new Error('broken') }))
    expect((await send(app, message)).statusCode).toBe(500)
    await app.close()
  })

  test('something else for a handler is refused at start-up', async () => {
    await expect(appWith({} as never)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message: expect.stringMatching(/handler to be a function or a router/) })
  })
})

test('without a server: the receiver hands its callback to the router and seals what it returns', async () => {
  const { encrypt, getSignature } = await import('@wecom/crypto')
  const receiver = createReceiver({ credentials: { token: TOKEN, encodingAESKey: KEY, receiveId: RECEIVE_ID } })
  const router = createRouter().on('text', ({ Content }, { receiveId }) => text(`${Content} ${receiveId}`))
  const sealed = encrypt(KEY, '<xml><ToUserName>ww</ToUserName><FromUserName>a</FromUserName><MsgType>text</MsgType><Content>hi</Content></xml>', RECEIVE_ID)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const callback = await receiver.receive({ query: { msg_signature: getSignature(TOKEN, timestamp, 'n', sealed), timestamp, nonce: 'n' }, body: JSON.stringify({ encrypt: sealed }) })
  expect(receiver.answer(callback, await router.handle(callback.message, callback)).body).toMatch(/"encrypt":/)
})
