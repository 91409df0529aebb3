import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { text, type Reply, type WecomContext } from '../../src/index.js'
import { newCredentials, sample, simulateWecom, type SimulatedAttempt, type SimulatorOptions } from '../../src/testing/index.js'
import { sealJson, startServer, type Answering } from '../cli/broken-servers.js'
import { openReply, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'

const credentials = newCredentials()
const bot = newCredentials('')

async function play (reply: Reply | ((context: WecomContext) => Reply | Promise<Reply>), options: Partial<SimulatorOptions> = {}, settings = credentials) {
  const server = await listenForTest({ credentials: settings, reply })
  const wecom = simulateWecom({ credentials: settings, url: `http://127.0.0.1:${server.port}/wecom`, ...options } as SimulatorOptions)
  return { server, wecom }
}

const outcomes = (attempts: SimulatedAttempt[]) => attempts.map(({ outcome }) => outcome)

describe('verification', () => {
  test('comes first, and once', async () => {
    const { wecom } = await play(text('ok'))
    await wecom.deliverAll([sample('text'), sample('event.click')])
    expect(wecom.transcript.verification).toMatchObject({ purpose: 'verify', outcome: 'accepted', problems: [] })
    expect(wecom.transcript.deliveries.map(({ kind, outcome, shown }) => ({ kind, outcome, shown }))).toEqual([
      { kind: 'text', outcome: 'accepted', shown: 'ok' },
      { kind: 'event.click', outcome: 'accepted', shown: 'ok' }
    ])
  })

  test('keeps messages from a URL that fails it', async () => {
    const { wecom, server } = await play(text('ok'), { credentials: { ...credentials, token: 'another' } })
    const delivery = await wecom.deliver(sample('text'))
    expect(delivery).toMatchObject({ outcome: 'unverified', attempts: [] })
    expect(wecom.transcript.deliveries).toEqual([delivery])
    expect(server.seen).toEqual([])
  })

  test('has a second', async () => {
    const server = createServer((_request, response) => { setTimeout(() => response.end('late'), 150) }).listen(0, '127.0.0.1')
    onTestFinished(() => { server.close() })
    await once(server, 'listening')
    const wecom = simulateWecom({ credentials, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeScale: 0.1 })
    expect(await wecom.verify()).toMatchObject({ outcome: 'timeout', problems: ['No whole answer within 100 ms.'] })
  })
})

describe('retries', () => {
  test('three after the first attempt that times out, then gives up', async () => {
    const { wecom } = await play(async () => await wait(5_000, text('late')), { timeout: 60, verify: false })
    const delivery = await wecom.deliver(sample('text'))
    expect(delivery).toMatchObject({ outcome: 'given-up', reply: undefined, shown: undefined })
    expect(outcomes(delivery.attempts)).toEqual(['timeout', 'timeout', 'timeout', 'timeout'])
    expect(delivery.attempts.every(({ ms }) => ms >= 55 && ms < 3_000)).toBe(true)
  })

  test('a time longer than WeCom waits is kept, for a debugger', async () => {
    const { wecom } = await play(async () => await wait(200, text('ok')), { timeout: 60_000, timeScale: 0.02, verify: false })
    const { attempts } = await wecom.deliver(sample('text'))
    expect(outcomes(attempts)).toEqual(['accepted'])
  })

  test('after any status but 200', async () => {
    let calls = 0
    const { wecom } = await play(() => {
      if (++calls < 3) throw new Error('database down')
      return text('third time lucky')
    })
    const delivery = await wecom.deliver(sample('text'))
    expect(outcomes(delivery.attempts)).toEqual(['refused', 'refused', 'accepted'])
    expect(delivery).toMatchObject({ outcome: 'accepted', shown: 'third time lucky' })
  })

  test.each(['same', 'fresh'] as const)('with the %s request', async retryWith => {
    let calls = 0
    const { wecom, server } = await play(() => {
      if (++calls < 2) throw new Error('once')
      return text('ok')
    }, { retryWith }, bot)
    const { attempts } = await wecom.deliver(sample('aibot.text'))
    const [first, second] = attempts.map(({ request: { query, body } }): Record<string, string> => ({ ...query, body }))
    if (retryWith === 'same') expect(second).toEqual(first)
    for (const field of ['nonce', 'body', 'msg_signature']) expect(second?.[field] === first?.[field]).toBe(retryWith === 'same')
    const [one, two] = server.seen.map(({ message }) => message as unknown as Record<string, string>)
    expect(two?.msgid).toBe(one?.msgid)
    expect(two?.response_url === one?.response_url).toBe(retryWith === 'same')
  })

  test('none for what WeCom sends once; a second only for what it wants answered sooner', async () => {
    const { wecom } = await play(async () => await wait(3_000, text('late')), { timeScale: 0.3, verify: false }, bot)
    expect((await wecom.deliver(sample('aibot.event.template_card_event'))).attempts).toHaveLength(1)
    const { attempts } = await wecom.deliver(sample('info.create_auth'))
    expect(outcomes(attempts)).toEqual(['timeout', 'timeout', 'timeout', 'timeout'])
    // One second, not five.
    expect(attempts[0]?.ms).toBeLessThan(1_400)
  })

  test('to a closed port: said with a cure', async () => {
    const delivery = await simulateWecom({ credentials, url: 'http://127.0.0.1:1/', verify: false, retries: 1 }).deliver(sample('text'))
    expect(outcomes(delivery.attempts)).toEqual(['unreachable', 'unreachable'])
    expect(delivery.attempts[0]?.fix).toContain('Start the server')
  })
})

describe('streams of bots', () => {
  /** Handles messages and polls itself, so that this needs no support for streams by the plugin. */
  function streaming (lengths: number) {
    let polls = 0
    return (context: WecomContext): Reply => {
      const id = context.kind === 'aibot.stream' ? (context.message as unknown as { stream: { id: string } }).stream.id : 's1'
      if (context.kind === 'aibot.stream') polls++
      return { msgtype: 'stream', stream: { id, finish: polls >= lengths, content: 'x'.repeat(polls) } } as Reply
    }
  }

  test('are polled until they finish, and the last is what the user sees', async () => {
    const { wecom, server } = await play(streaming(3), { pollInterval: 5 }, bot)
    const delivery = await wecom.deliver(sample('aibot.text'))
    expect(delivery.polls.map(({ reply }) => [reply?.text, reply?.message?.stream?.finish])).toEqual([['x', false], ['xx', false], ['xxx', true]])
    expect(delivery).toMatchObject({ outcome: 'accepted', shown: 'xxx', problems: [] })
    const ids = server.seen.map(({ message }) => (message as unknown as { msgid: string }).msgid)
    expect(new Set(ids).size).toBe(4)
    expect(server.seen[1]?.message).toMatchObject({ msgtype: 'stream', stream: { id: 's1' } })
    expect(server.seen[1]?.message).not.toHaveProperty('response_url')
  })

  test('are given up after six minutes', async () => {
    const { wecom } = await play(streaming(Infinity), { timeScale: 0.005, timeout: 1e6, echoTimeout: 1e6, pollInterval: 20_000 }, bot)
    const delivery = await wecom.deliver(sample('aibot.text'))
    expect(delivery.polls.length).toBeGreaterThan(5)
    expect(delivery.problems).toEqual(['The stream was not finished when WeCom stopped to poll: what was shown last stays.'])
  })

  test('stop by signal', async () => {
    const aborter = new AbortController()
    const { wecom } = await play(streaming(Infinity), { pollInterval: 5, signal: aborter.signal }, bot)
    setTimeout(() => { aborter.abort() }, 60)
    expect((await wecom.deliver(sample('aibot.text'))).outcome).toBe('stopped')
  })

  test('another id in a poll is a fault', async () => {
    let id = 0
    const answer = (answering: Answering) => { answering.response.end(sealJson(answering, JSON.stringify({ msgtype: 'stream', stream: { id: `s${++id}`, finish: id === 2, content: '' } }))) }
    const server = startServer(bot, { json: true, answer }).listen(0, '127.0.0.1')
    onTestFinished(() => { server.close() })
    await once(server, 'listening')
    const wecom = simulateWecom({ credentials: bot, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, pollInterval: 1 })
    expect((await wecom.deliver(sample('aibot.text'))).problems).toEqual([expect.stringContaining('another stream id')])
  })
})

describe('faults on purpose', () => {
  test('duplicate: twice at once, the same bytes', async () => {
    const { wecom } = await play(text('ok'))
    const { attempts } = await wecom.deliver(sample('text'), { faults: ['duplicate'] })
    expect(attempts.map(({ fault, outcome }) => ({ fault, outcome }))).toEqual([{ fault: undefined, outcome: 'accepted' }, { fault: 'duplicate', outcome: 'accepted' }])
    expect(attempts[0]?.request).toEqual(attempts[1]?.request)
  })

  test('reorder: the last first', async () => {
    const { wecom, server } = await play(text('ok'))
    await wecom.deliverAll([sample('text'), sample('image'), sample('link')], { faults: ['reorder'] })
    expect(server.seen.map(({ kind }) => kind)).toEqual(['link', 'image', 'text'])
  })

  test('drop-answer: handled, and tried again', async () => {
    const { wecom, server } = await play(text('ok'))
    const { attempts, outcome } = await wecom.deliver(sample('text'), { faults: ['drop-answer'] })
    expect(outcomes(attempts)).toEqual(['dropped', 'accepted'])
    expect(outcome).toBe('accepted')
    expect(server.seen.length).toBeGreaterThan(0)
  })

  test('slow-network: the body dribbles in', async () => {
    const { wecom } = await play(text('ok'), { timeScale: 0.5, verify: false })
    const { attempts } = await wecom.deliver(sample('text'), { faults: ['slow-network'] })
    expect(attempts[0]).toMatchObject({ outcome: 'accepted', fault: 'slow-network' })
    expect(attempts[0]?.ms).toBeGreaterThan(375)
  })

  test('wrong-signature: refused, then the genuine one', async () => {
    const { wecom, server } = await play(text('ok'))
    const { attempts, outcome, problems } = await wecom.deliver(sample('text'), { faults: ['wrong-signature'] })
    expect(outcomes(attempts)).toEqual(['refused', 'accepted'])
    expect({ outcome, problems, seen: server.seen.length }).toEqual({ outcome: 'accepted', problems: [], seen: 1 })
  })

  test('wrong-signature: a server that answers it anyway is named', async () => {
    const reply = signMessage(credentials, '<xml><ToUserName>zhangsan</ToUserName><MsgType>text</MsgType></xml>')
    const server = createServer((_request, response) => { response.end(reply.body) }).listen(0, '127.0.0.1')
    onTestFinished(() => { server.close() })
    await once(server, 'listening')
    const wecom = simulateWecom({ credentials, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, verify: false })
    expect((await wecom.deliver(sample('text'), { faults: ['wrong-signature'] })).problems[0]).toContain('does not check the signature')
  })

  test('replay: the answered request once more', async () => {
    const { wecom } = await play(text('ok'))
    const { attempts } = await wecom.deliver(sample('text'), { faults: ['replay'] })
    expect(attempts).toHaveLength(2)
    expect(attempts[1]?.request).toEqual(attempts[0]?.request)
    expect(attempts[1]?.fault).toBe('replay')
  })
})

test('the transcript tells everything, is JSON, and holds no secret', async () => {
  const seen: string[] = []
  const { wecom } = await play(text('ok'), { onAttempt: ({ purpose }) => seen.push(purpose) })
  await wecom.deliver(sample('text'))
  const json = JSON.stringify(wecom.transcript)
  expect(json).not.toContain(credentials.token)
  expect(json).not.toContain(credentials.encodingAESKey)
  expect(seen).toEqual(['verify', 'message'])
  const attempt = wecom.transcript.deliveries[0]?.attempts[0] as SimulatedAttempt
  expect(attempt.request.plaintext).toContain('<MsgType>')
  expect(attempt.request.body).toContain('<Encrypt>')
  expect(openReply(credentials, attempt.response?.body ?? '', 'xml').plaintext).toBe(attempt.reply?.plaintext)
})

test('a command URL must answer success to whatever comes', async () => {
  const { wecom } = await play('' as Reply, { requireSuccess: true })
  expect((await wecom.deliver(sample('text'))).problems).toEqual([expect.stringContaining('exactly success')])
  expect((await wecom.deliver(sample('info.suite_ticket'))).problems).toEqual([])
})

test('plays against an app without a socket', async () => {
  const { server } = await play(text('ok'))
  const wecom = simulateWecom({ credentials, app: server.app, path: '/wecom' })
  expect((await wecom.deliver(sample('text'))).shown).toBe('ok')
})
