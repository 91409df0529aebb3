import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { text, type WecomCredentials } from '../src/index.js'
import { createReceiver, type CredentialHint, type ReceiverOptions } from '../src/receiver/index.js'
import { newSettings, nowSeconds, openReply, signEcho, signMessage, type Settings, type Style } from './support/requests.js'

const TEXT = '<xml><ToUserName>ww1</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content></xml>'

describe('a message', () => {
  test('arrives with all that came with it', async () => {
    const settings = newSettings('ww1')
    const { query, body } = signMessage(settings, TEXT, 'json', { nonce: 'n1' })
    const callback = await createReceiver({ credentials: { ...settings, name: 'app' } }).receive({ query: { ...query, extra: ['a', 'b'] }, params: { tenant: 't' }, body })
    expect(callback).toEqual({
      message: { ToUserName: 'ww1', FromUserName: 'zhangsan', CreateTime: 1, MsgType: 'text', Content: 'hi' },
      kind: 'text',
      plaintext: TEXT,
      format: 'xml',
      envelopeFormat: 'json',
      sender: 'zhangsan',
      receiveId: 'ww1',
      toUserName: 'ww1',
      agentId: '218',
      credentialName: 'app',
      params: { tenant: 't' },
      query: { ...query, extra: ['a', 'b'] },
      timestamp: query.timestamp,
      nonce: 'n1'
    })
  })

  test.each(['msgsignature', 'signature'])('may call its signature %s', async name => {
    const settings = newSettings()
    const { query: { msg_signature: signature, ...rest }, body } = signMessage(settings, TEXT)
    await expect(createReceiver({ credentials: settings }).receive({ query: { ...rest, [name]: signature }, body })).resolves.toMatchObject({ kind: 'text' })
    await expect(createReceiver({ credentials: settings }).receive({ query: { ...rest, [name]: signature, msg_signature: 'x' }, body })).rejects.toMatchObject({ code: 'WECOM_SIGNATURE_MISMATCH' })
  })

  test('may have no ToUserName and AgentID around it', async () => {
    const settings = newSettings()
    const { query, body } = signMessage(settings, TEXT)
    const bare = body.replace(/<ToUserName>.*?<\/ToUserName>|<AgentID>.*?<\/AgentID>/g, '')
    const hints: CredentialHint[] = []
    const credentials: WecomCredentials = hint => { hints.push(hint); return settings }
    await expect(createReceiver({ credentials }).receive({ query, body: bare })).resolves.toMatchObject({ toUserName: undefined, agentId: undefined })
    expect(hints).toEqual([{ phase: 'receive', params: {}, query, envelopeFormat: 'xml' }])
  })
})

describe('what a reply is tied by is as it was received', () => {
  test('the format', async () => {
    const settings = newSettings()
    const receiver = createReceiver({ credentials: settings })
    const callback = await receiver.receive(signMessage(settings, TEXT))
    Object.assign(callback, { format: 'json' })
    expect(receiver.compose(callback, text('hi'))).toMatch(/^<xml>/)
  })

  test.each([
    ['stream', { msgtype: 'stream', stream: { id: 'mine' } }, { msgtype: 'stream', stream: { content: 'x', finish: true } }, ['stream', 'id']],
    ['event', { msgtype: 'event', event: { eventtype: 'template_card_event', template_card_event: { task_id: 'mine' } } }, { response_type: 'update_template_card', template_card: { card_type: 'text_notice', main_title: { title: 'x' }, card_action: { type: 1, url: 'https://example.com' } } }, ['event', 'template_card_event', 'task_id']]
  ])('the id in the %s of a bot\'s message', async (_where, fields, reply, path) => {
    const settings = newSettings('')
    const receiver = createReceiver({ credentials: settings })
    const message = { msgid: 'm1', aibotid: 'b1', chattype: 'single', from: { userid: 'zhangsan' }, ...fields }
    const callback = await receiver.receive(signMessage(settings, JSON.stringify(message), 'json'))
    let inner = callback.message as unknown as Record<string, unknown>
    for (const name of path.slice(0, -1)) inner = inner[name] as Record<string, unknown>
    inner[path.at(-1) as string] = 'another'
    expect(receiver.compose(callback, reply as never)).toContain('"mine"')
  })
})

describe('the identity of a request', () => {
  const identityOf = async (credentials: WecomCredentials, settings: Settings) => {
    const receiver = createReceiver({ credentials })
    const { query, body } = signMessage(settings, TEXT)
    return { query, identity: receiver.identify(await receiver.receive({ query, body })) }
  }

  test('is the name of its credential, else a fingerprint that tells nothing, and what WeCom signed', async () => {
    const settings = newSettings('ww1')
    const named = await identityOf({ ...settings, name: 'app' }, settings)
    expect(named.identity).toEqual({ credential: 'app', signature: named.query.msg_signature })
    const [one, again, other] = [await identityOf(settings, settings), await identityOf(settings, settings), newSettings('ww1')]
    expect(one.identity.credential).toMatch(/^[\w-]{43}$/)
    expect(again.identity.credential).toBe(one.identity.credential)
    expect((await identityOf(other, other)).identity.credential).not.toBe(one.identity.credential)
    expect(one.identity.credential).not.toContain(settings.token)
  })
})

describe('an answer', () => {
  test.each<[Style, string]>([['xml', 'application/xml; charset=utf-8'], ['json', 'application/json; charset=utf-8'], ['Json', 'application/json; charset=utf-8']])('to an envelope in %s is wrapped alike, sealed with the same receiveId and nonce', async (style, contentType) => {
    const settings = newSettings('ww1')
    const receiver = createReceiver({ credentials: { ...settings, receiveId: ['x', 'ww1'] } })
    const { query, body } = signMessage(settings, TEXT, style)
    const answer = receiver.answer(await receiver.receive({ query, body }), text('yes'))
    expect(answer.contentType).toBe(contentType)
    const opened = openReply(settings, answer.body, style)
    expect(opened).toMatchObject({ receiveId: 'ww1', nonce: query.nonce })
    expect(Math.abs(Number(opened.timestamp) - Date.now() / 1000)).toBeLessThan(5)
    expect(opened.plaintext).toMatch(/^<xml><ToUserName><!\[CDATA\[zhangsan]]><\/ToUserName><FromUserName><!\[CDATA\[ww1]]><\/FromUserName><CreateTime>\d+<\/CreateTime><MsgType><!\[CDATA\[text]]><\/MsgType><Content><!\[CDATA\[yes]]><\/Content><\/xml>$/)
  })

  test.each([
    ['auto', TEXT, ''],
    ['auto', '<xml><InfoType>suite_ticket</InfoType></xml>', 'success'],
    ['empty', '<xml><InfoType>suite_ticket</InfoType></xml>', ''],
    ['success', TEXT, 'success']
  ] as const)('with emptyAnswer %s to %s is %j when there is nothing to say', async (emptyAnswer, message, body) => {
    const settings = newSettings()
    const receiver = createReceiver({ credentials: { ...settings, emptyAnswer } })
    const callback = await receiver.receive(signMessage(settings, message))
    expect(receiver.answer(callback)).toEqual({ contentType: 'text/plain; charset=utf-8', body })
  })

  test('needs the callback itself, not a copy', async () => {
    const settings = newSettings()
    const receiver = createReceiver({ credentials: settings })
    const callback = await receiver.receive(signMessage(settings, TEXT))
    expect(() => receiver.answer({ ...callback })).toThrow(expect.objectContaining({ code: 'WECOM_NOT_A_CALLBACK' }))
  })

  test('composed once may be sealed many times, never with the same ciphertext', async () => {
    const settings = newSettings()
    const receiver = createReceiver({ credentials: settings })
    const callback = await receiver.receive(signMessage(settings, TEXT))
    const composed = receiver.compose(callback, text('yes'))
    const [a, b] = [receiver.seal(callback, composed), receiver.seal(callback, composed)].map(answer => answer.body)
    expect(a).not.toBe(b)
    expect(openReply(settings, a as string, 'xml').plaintext).toBe(openReply(settings, b as string, 'xml').plaintext)
  })
})

describe('URL verification', () => {
  test('gives the bare text', async () => {
    const settings = newSettings()
    await expect(createReceiver({ credentials: settings }).verify({ query: signEcho(settings, '1616140317555161061') })).resolves.toBe('1616140317555161061')
  })

  test('asks the credentials function with the query and the parameters alone', async () => {
    const settings = newSettings()
    const query = signEcho(settings, 'x')
    const hints: CredentialHint[] = []
    await createReceiver({ credentials: async hint => { hints.push(hint); return [settings] } }).verify({ query, params: { tenant: 't' } })
    expect(hints).toEqual([{ phase: 'verify', params: { tenant: 't' }, query }])
  })
})

describe('a query', () => {
  const settings = newSettings()
  const receiver = createReceiver({ credentials: settings })

  test.each(['msg_signature', 'timestamp', 'nonce', 'echostr'])('without %s, with an empty or a repeated one is refused', async name => {
    const query = signEcho(settings, 'x')
    for (const [value, got] of [[undefined, 'none'], ['', 'an empty one'], [['a', 'a'], '2'], [{ a: 1 }, 'object']]) {
      await expect(receiver.verify({ query: { ...query, [name]: value } })).rejects.toMatchObject({ code: 'WECOM_PARAMETER_INVALID', statusCode: 400, message: expect.stringContaining(`one ${name}, got ${String(got)}.`) as string })
    }
  })
})

describe('the timestamp', () => {
  test.each<[string, number | undefined, string, boolean]>([
    ['now', undefined, nowSeconds(), true],
    ['4 minutes ago', undefined, nowSeconds(-240), true],
    ['6 minutes ago', undefined, nowSeconds(-360), false],
    ['6 minutes ahead', undefined, nowSeconds(360), false],
    ['6 minutes ago within a tolerance of 10', 600_000, nowSeconds(-360), true],
    ['1970 without a check', Infinity, '1', true],
    ['no number without a check', Infinity, 'soon', true],
    ['no number', undefined, 'soon', false],
    ['milliseconds', undefined, String(Date.now()), false],
    ['beyond all clocks', undefined, '9'.repeat(15), false],
    ['with leading zeros, 15 digits', undefined, nowSeconds().padStart(15, '0'), true],
    ['with more', undefined, nowSeconds().padStart(16, '0'), false],
    ['with a blank behind it', undefined, `${nowSeconds()} `, false],
    ['with a plus', undefined, `+${nowSeconds()}`, false],
    ['with a fraction', undefined, `${nowSeconds()}.0`, false],
    ['with a letter beyond 9', undefined, `${nowSeconds().slice(0, -1)}:`, false],
    ['with a slash', undefined, `${nowSeconds().slice(0, -1)}/`, false]
  ])('%s', async (_name, timestampTolerance, timestamp, accepted) => {
    const settings = newSettings()
    const options: ReceiverOptions = { credentials: settings, ...(timestampTolerance === undefined ? {} : { timestampTolerance }) }
    const verdict = createReceiver(options).verify({ query: signEcho(settings, 'x', { timestamp }) })
    if (accepted) await expect(verdict).resolves.toBe('x')
    else await expect(verdict).rejects.toMatchObject({ code: 'WECOM_TIMESTAMP_OUT_OF_RANGE', errcode: -40001, statusCode: 401 })
  })

  test.each([[-300, true], [300, true], [-301, false], [301, false]])('%s seconds from now, to the millisecond', async (offset, accepted) => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
    onTestFinished(() => { vi.useRealTimers() })
    const settings = newSettings()
    const verdict = createReceiver({ credentials: settings }).verify({ query: signEcho(settings, 'x', { timestamp: nowSeconds(offset) }) })
    if (accepted) await expect(verdict).resolves.toBe('x')
    else await expect(verdict).rejects.toThrow('a timestamp within 300 s')
  })

  test('the error names both clocks', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => { vi.useRealTimers() })
    const settings = newSettings()
    const verdict = createReceiver({ credentials: settings }).verify({ query: signEcho(settings, 'x', { timestamp: '1409659589' }) })
    await expect(verdict).rejects.toThrow(new RegExp(`within 300 s of this server's clock, ${new Date().toISOString().slice(0, 13)}.*, got 2014-09-02T12:06:29.000Z\\.`))
  })

  test('is looked at after the signature: a stranger learns nothing of the clock', async () => {
    const settings = newSettings()
    const query = { ...signEcho(settings, 'x', { timestamp: '1' }), msg_signature: 'x' }
    await expect(createReceiver({ credentials: settings }).verify({ query })).rejects.toMatchObject({ code: 'WECOM_SIGNATURE_MISMATCH' })
  })
})

describe('options', () => {
  const settings = newSettings()

  test.each<[Partial<ReceiverOptions> | Record<string, unknown>, string]>([
    [{ timestampTolerance: 0 }, 'expected timestampTolerance to be milliseconds above 0, or Infinity, got 0.'],
    [{ timestampTolerance: '5m' }, 'got "5m".'],
    [{ resolveTimeout: -1 }, 'expected resolveTimeout to be milliseconds above 0, at most 2147483647, got -1.'],
    [{ resolveTimeout: 2 ** 31 }, 'got 2147483648.'],
    [{ credentials: undefined }, 'expected credentials to be { token, encodingAESKey, receiveId }, got nothing.']
  ])('%j fails at once', (options, message) => {
    expect(() => createReceiver({ credentials: settings, ...options } as ReceiverOptions)).toThrow(message)
  })

  test('none at all fails like missing credentials', () => {
    expect(() => createReceiver(undefined as unknown as ReceiverOptions)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }))
  })
})

test('settings without a name have the empty one', async () => {
  const settings: Settings = newSettings()
  await expect(createReceiver({ credentials: settings }).receive(signMessage(settings, TEXT))).resolves.toMatchObject({ credentialName: '' })
})

test('an echo with half a character is refused, as it must go back byte for byte', async () => {
  const settings = newSettings()
  const query = signEcho(settings, Buffer.concat([Buffer.from('12'), Buffer.from('好').subarray(0, 2)]))
  await expect(createReceiver({ credentials: settings }).verify({ query })).rejects.toMatchObject({ code: 'WECOM_PLAINTEXT_INVALID', message: expect.stringContaining('broken characters') as string })
})
