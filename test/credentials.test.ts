import { describe, expect, test } from 'vitest'
import type { ReceiveIdPolicy, WecomCredential, WecomCredentials } from '../src/index.js'
import { checkCredentials } from '../src/credentials/check.js'
import { openSealed } from '../src/credentials/open.js'
import type { Credential } from '../src/credentials/types.js'
import { encrypt } from '../src/crypto/scheme.js'
import { createReceiver } from '../src/receiver/index.js'
import { encryptText, newSettings, openReply, signMessage, signQuery } from './support/requests.js'

const TEXT = '<xml><FromUserName>zhangsan</FromUserName><MsgType>text</MsgType></xml>'

function receive (credentials: WecomCredentials, sender = newSettings(), resolveTimeout = 100) {
  return createReceiver({ credentials, resolveTimeout }).receive(signMessage(sender, TEXT))
}

describe('a list', () => {
  test('serves old and new key at once, also under one token, and answers with the key that was used', async () => {
    const [a, b] = [newSettings(), { ...newSettings(), token: 'same' }]
    const oldKey = { ...newSettings(), token: 'same' }
    const receiver = createReceiver({ credentials: [{ ...a, name: 'a' }, b, oldKey] })
    for (const sender of [a, b, oldKey]) {
      const callback = await receiver.receive(signMessage(sender, TEXT))
      expect(callback.credentialName).toBe(sender === a ? 'a' : '')
      expect(openReply(sender, receiver.answer(callback, '<xml/>').body, 'xml').plaintext).toBe('<xml/>')
    }
  })

  test('tells apps with one token and key apart by their receiveId', async () => {
    const suite = newSettings('suite1')
    const credentials = [{ ...suite, name: 'command' }, { ...suite, receiveId: 'corp1', name: 'data' }]
    await expect(receive(credentials, { ...suite, receiveId: 'corp1' })).resolves.toMatchObject({ credentialName: 'data' })
    await expect(receive(credentials, { ...suite, receiveId: 'corp2' })).rejects.toMatchObject({ code: 'WECOM_RECEIVE_ID_MISMATCH' })
  })

  test('names the fault of the entry that came furthest, in whatever order they stand', async () => {
    const [right, other] = [newSettings('corp1'), { ...newSettings(), token: 'same' }]
    const wrongId = { ...right, token: 'same', receiveId: 'corp2' }
    const broken: WecomCredential = { ...wrongId, receiveId: () => { throw new Error('boom') } }
    for (const [credentials, code] of [[[wrongId, other], 'WECOM_RECEIVE_ID_MISMATCH'], [[other, wrongId], 'WECOM_RECEIVE_ID_MISMATCH'], [[broken, other, wrongId], 'WECOM_CREDENTIALS_UNAVAILABLE']] as Array<[WecomCredential[], string]>) {
      await expect(receive(credentials, { ...right, token: 'same' })).rejects.toMatchObject({ code })
    }
  })

  test('of two faults names the one that came further: a predicate that fails, the receiveId, what was decrypted, the key', async () => {
    const sender = { ...newSettings('corp1'), token: 'same' }
    const message = signMessage(sender, TEXT)
    const faultOf = async (credentials: WecomCredential | WecomCredential[]): Promise<string> =>
      await createReceiver({ credentials }).receive(message).then(() => 'none', (error: { code: string }) => error.code)
    /** Of the keys that are not the sender's, one in 256 happens to find padding, and what is no message before it. */
    const keyWith = async (fault: string): Promise<WecomCredential> => {
      for (;;) {
        const credential = { ...newSettings(), token: 'same' }
        if (await faultOf(credential) === fault) return credential
      }
    }
    const ladder: Array<[string, WecomCredential]> = [
      ['WECOM_CREDENTIALS_UNAVAILABLE', { ...sender, receiveId: () => { throw new Error('boom') } }],
      ['WECOM_RECEIVE_ID_MISMATCH', { ...sender, receiveId: 'corp2' }],
      ['WECOM_PLAINTEXT_INVALID', await keyWith('WECOM_PLAINTEXT_INVALID')],
      ['WECOM_DECRYPT_FAILED', await keyWith('WECOM_DECRYPT_FAILED')]
    ]
    for (const [index, [code, further]] of ladder.entries()) {
      expect(await faultOf(further)).toBe(code)
      for (const [, less] of ladder.slice(index + 1)) {
        expect([await faultOf([further, less]), await faultOf([less, further])]).toEqual([code, code])
      }
    }
  })

  test('does not hide a fault that is none of WeCom\'s', async () => {
    const credential = checkCredentials(newSettings())[0] as Credential
    const encrypted = encrypt(credential.key, 'x', 'corp', Buffer.alloc(16))
    const broken = { ...credential, get receiveId (): string[] { throw new Error('a bug') } }
    await expect(openSealed([broken], encrypted, { phase: 'receive', params: {}, query: {} }, 100)).rejects.toThrow('a bug')
  })

  test('says how many tokens were tried', async () => {
    await expect(receive([newSettings(), newSettings()])).rejects.toThrow('one of the 2 configured tokens')
  })
})

describe('a function', () => {
  const sender = newSettings()

  test.each<[string, WecomCredentials]>([
    ['one', () => sender],
    ['a list', () => [newSettings(), sender]],
    ['a promise', async () => sender]
  ])('may return %s', async (_name, credentials) => {
    await expect(receive(credentials, sender)).resolves.toMatchObject({ kind: 'text' })
  })

  test.each([undefined, null, []])('that returns %j answers 401 and names the hint', async nothing => {
    const credentials = (() => nothing) as unknown as WecomCredentials
    const receiver = createReceiver({ credentials })
    await expect(receiver.receive({ ...signMessage(sender, TEXT), params: { tenant: 'x'.repeat(100) } })).rejects.toMatchObject({
      code: 'WECOM_CREDENTIALS_NOT_FOUND', statusCode: 401, message: expect.stringContaining(`phase "receive", tenant "${'x'.repeat(64)}…", toUserName "${sender.receiveId}", agentId "218"`) as string
    })
  })

  test.each<[string, () => unknown, string]>([
    ['throws', () => { throw new Error('no database') }, 'no database'],
    ['rejects with nothing', async () => await Promise.reject(new Error('')), 'a rejection'],
    ['rejects with a text', async () => await Promise.reject('down'), 'a rejection'], // eslint-disable-line prefer-promise-reject-errors -- users do
    ['hangs', () => new Promise(() => {}), 'no answer within 100 ms'],
    ['returns a bad key', () => ({ ...sender, encodingAESKey: 'short' }), '43 characters'],
    ['returns a text', () => 'token', 'credentials to be { token, encodingAESKey, receiveId }']
  ])('that %s answers 503, so that WeCom tries again', async (_name, credentials, reason) => {
    const error = await receive(credentials as WecomCredentials, sender).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'WECOM_CREDENTIALS_UNAVAILABLE', statusCode: 503 })
    expect((error as Error).message).toContain(reason)
  })
})

describe('receiveId', () => {
  const sender = newSettings('corp1')

  test.each<[string, ReceiveIdPolicy, string | undefined]>([
    ['a list', ['x', 'corp1'], undefined],
    ['a predicate', id => id === 'corp1', undefined],
    ['an async predicate', async id => id === 'corp1', undefined],
    ['a predicate that says no', () => false, 'WECOM_RECEIVE_ID_MISMATCH'],
    ['an async predicate that says no', async () => false, 'WECOM_RECEIVE_ID_MISMATCH'],
    ['a predicate that says something else', (() => 'yes') as unknown as ReceiveIdPolicy, 'WECOM_RECEIVE_ID_MISMATCH'],
    ['a predicate that throws', () => { throw new Error('boom') }, 'WECOM_CREDENTIALS_UNAVAILABLE'],
    ['a predicate that hangs', async () => await new Promise<boolean>(() => {}), 'WECOM_CREDENTIALS_UNAVAILABLE']
  ])('%s decides', async (_name, receiveId, code) => {
    const verdict = receive({ ...sender, receiveId }, sender)
    if (code === undefined) await expect(verdict).resolves.toMatchObject({ receiveId: 'corp1' })
    else await expect(verdict).rejects.toMatchObject({ code })
  })

  test('a predicate is told the hint: tenant A\'s message on tenant B\'s URL is refused', async () => {
    const receiver = createReceiver({ credentials: { ...sender, receiveId: (id, { params }) => id === params.corp } })
    const message = signMessage(sender, TEXT)
    await expect(receiver.receive({ ...message, params: { corp: 'corp1' } })).resolves.toMatchObject({ receiveId: 'corp1' })
    await expect(receiver.receive({ ...message, params: { corp: 'corp2' } })).rejects.toThrow('a receiveId that the predicate accepts, got "corp1"')
  })
})

test('a predicate changes nothing else: the identity of a request, and a text that WeCom has cut', async () => {
  const settings = newSettings('corp1')
  const request = signMessage(settings, TEXT)
  const [listed, asked] = [createReceiver({ credentials: settings }), createReceiver({ credentials: { ...settings, receiveId: () => true } })]
  const identity = listed.identify(await listed.receive(request))
  expect(identity.credential).toHaveLength(43)
  expect(asked.identify(await asked.receive(request))).toEqual(identity)
  const cut = Buffer.concat([Buffer.from('<xml><MsgType>text</MsgType><Content>'), Buffer.from('长').subarray(0, 2), Buffer.from('</Content></xml>')])
  const encrypt = encryptText(settings, cut)
  const body = `<xml><Encrypt>${encrypt}</Encrypt></xml>`
  await expect(asked.receive({ query: signQuery(settings, encrypt), body })).resolves.toMatchObject({ message: { Content: '\ufffd' } })
})

describe('what is no credential', () => {
  const good = newSettings()

  test.each<[string, unknown, string]>([
    ['a text', 'token', 'expected credentials to be { token, encodingAESKey, receiveId }, got a value of type string.'],
    ['null', null, 'got a value of type object.'],
    ['an empty list', [], 'expected credentials to have at least one entry, got an empty list.'],
    ['the second of a list', [good, { ...good, token: 1 }], 'expected credentials[1].token to be a text without blanks around it, got a value of type number.'],
    ['an empty object', {}, 'expected credentials to have token, encodingAESKey and receiveId, got an object with no fields.'],
    ['a misspelt key', { token: 'x', aesKey: 'y', receiveId: '' }, 'got an object with token, aesKey, receiveId.'],
    ['a variable that is not set', { ...good, token: undefined, receiveId: undefined }, 'got undefined for token and receiveId.'],
    ['a misspelt field beside the right ones', { ...good, emptyanswer: 'success' }, 'got emptyanswer.'],
    ['no receiveId', { ...good, receiveId: undefined }, "receiveId is '' for bots, never left out."],
    ['an empty token', { ...good, token: '' }, 'got an empty text.'],
    ['a token with a line break', { ...good, token: 'x\n' }, 'got blanks around it.'],
    ['a number as receiveId', { ...good, receiveId: 1 }, 'expected credentials.receiveId to be a text, a list of texts or a function, got a value of type number.'],
    ['an empty list as receiveId', { ...good, receiveId: [] }, 'got an empty list, or one with other things than texts.'],
    ['a name that is no text', { ...good, name: 1 }, 'expected credentials.name to be a text'],
    ['an unknown emptyAnswer', { ...good, emptyAnswer: 'ok' }, "expected credentials.emptyAnswer to be 'auto', 'empty' or 'success', got a value of type string."]
  ])('%s fails at once', (_name, credentials, message) => {
    expect(() => createReceiver({ credentials: credentials as WecomCredential })).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(message) as string }))
  })

  test('a bad key fails at once with its own code', () => {
    expect(() => createReceiver({ credentials: { ...good, encodingAESKey: 'short' } })).toThrow(expect.objectContaining({ code: 'WECOM_ENCODING_AES_KEY_INVALID', errcode: -40004 }))
  })
})
