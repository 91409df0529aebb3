import { describe, expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { composeReply, createRouter, parseMessage } from '../../src/receiver/index.js'
import { contactMessage, textMessage } from '../bullmq/support.js'

describe('what the worker of another inbox needs', () => {
  test('the typed message of a plaintext, with its kind and its format, fit for a router', async () => {
    const { message, kind, format } = parseMessage(textMessage('1', 'hello').plaintext)
    expect([kind, format]).toEqual(['text', 'xml'])
    if (message.MsgType === 'text') expect(message.Content).toBe('hello')
    const router = createRouter<{ kind: string }>().on('text', ({ Content }) => text(Content)).on('event.change_contact.create_user', () => {})
    expect(await router.handle(message, { kind })).toEqual(text('hello'))
    expect(parseMessage('{"msgtype":"text","aibotid":"A","text":{"content":"hi"}}')).toMatchObject({ kind: 'aibot.text', format: 'json' })
    expect(() => parseMessage('nothing')).toThrow(expect.objectContaining({ code: 'WECOM_MESSAGE_INVALID' }) as Error)
  })

  test('the reply as an object to send, and as the text that WeCom would have had', () => {
    const { plaintext } = textMessage('1', 'hello')
    expect(composeReply(plaintext, text('hi'))).toEqual({ value: { MsgType: 'text', Content: 'hi' }, text: expect.stringContaining('<Content><![CDATA[hi]]></Content>') as string })
    expect(composeReply(plaintext, { MsgType: 'image', Image: { MediaId: 'm' } })?.value).toEqual({ MsgType: 'image', Image: { MediaId: 'm' } })
  })

  test('undefined where there is nothing to say, or WeCom takes no reply', () => {
    const { plaintext } = textMessage('1', 'hello')
    for (const value of [undefined, '', 'success']) expect(composeReply(plaintext, value)).toBe(undefined)
    const warnings: string[] = []
    const created = contactMessage('zhangsan').plaintext
    expect(composeReply(created, { saved: true })).toBe(undefined)
    expect(composeReply(created, text('hi'), warning => { warnings.push(warning) })).toBe(undefined)
    expect(warnings).toEqual([expect.stringContaining('was ignored')])
  })

  test('what is no reply is refused', () => {
    expect(() => composeReply(textMessage('1', 'hello').plaintext, 42)).toThrow(expect.objectContaining({ code: 'WECOM_REPLY_INVALID' }) as Error)
  })
})
