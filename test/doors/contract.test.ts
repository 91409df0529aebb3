import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { CallbackContext } from '../../src/core/index.js'
import { counters, image, memoryStore, text, type Inbox, type InboxMessage } from '../../src/index.js'
import { redisStore } from '../../src/redis/index.js'
import { contactEvent, replyOf, textMessage } from '../delivery/wecom.js'
import { gate } from '../support/gate.js'
import type { Answer } from '../support/http.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import { botMessage } from '../support/texts.js'
import { complaints } from '../support/server.js'
import { attempt, DOOR_NAMES, openDoor, openForTest, type Door, type DoorOptions } from './doors.js'

const settings = newSettings()
const bare = (answer: Answer | undefined) => [answer?.status, answer?.headers['content-type'], answer?.body]
const opened = (answer: Answer | undefined): string => replyOf(settings, { ms: 0, body: '', ...answer, status: answer?.status ?? 0 })
const outcomes = ({ log }: Door): unknown[] => log.map(({ outcome }) => outcome).filter(outcome => outcome !== undefined)
const never = async (): Promise<never> => await new Promise(() => {})

let redis: RedisServer
beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })

describe.each(DOOR_NAMES)('%s', name => {
  const open = async (options: Partial<DoorOptions> = {}): Promise<Door> => await openForTest(name, { credentials: settings, ...options })
  /** Express gives the error of a route to the app's own error handler, which answers with 500. */
  const thrown = name.startsWith('Express') && name.endsWith('route') ? 'the handler answered with status 500: a retry of WeCom runs it again' : 'boom'
  const byRoute = name.endsWith('route') || name.endsWith('route of the app')

  describe('answers', () => {
    test('URL verification with exactly the echo', async () => {
      const door = await open()
      for (const echo of ['1616140317555161061', ' 企业&<微信>"\n']) {
        expect(bare(await door.send({ query: signEcho(settings, echo) }))).toEqual([200, 'text/plain; charset=utf-8', echo])
      }
    })

    test('a text with a reply that opens', async () => {
      const door = await open({ reply: ({ plaintext }) => text(plaintext.includes('hi') ? '你好' : 'no') })
      const answer = await attempt(door, settings, textMessage('1'))
      expect(opened(answer)).toContain('你好')
      expect(answer?.headers['content-length']).toBe(String(Buffer.byteLength(answer?.body ?? '')))
      expect(outcomes(door)).toEqual(['answered'])
    })

    test.each([
      ['undefined', undefined], ["''", ''], ["'success'", 'success'], ['a promise of nothing', Promise.resolve()]
    ])('%s with the empty answer of the scene', async (_what, value) => {
      const door = await open({ reply: () => value })
      const suite = '<xml><SuiteId>s</SuiteId><AuthCode>c</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>'
      const bodies = []
      for (const message of [textMessage('1'), suite]) bodies.push((await attempt(door, settings, message))?.body)
      bodies.push((await door.send(signMessage(settings, botMessage('x'), 'json')))?.body)
      expect(bodies).toEqual(['', 'success', ''])
    })

    test('a reply that WeCom would not take with 500', async () => {
      const door = await open({ reply: () => ({ MsgType: 'text' }) })
      expect(bare(await attempt(door, settings, textMessage('1')))).toEqual([500, 'text/plain; charset=utf-8', 'Internal Server Error'])
      expect(door.errors.map(({ code }) => code)).toEqual(['WECOM_HANDLER_FAILED'])
    })
  })

  describe('once', () => {
    test('a reply that outlasts WeCom\'s patience is collected by the retry, of one run', async () => {
      const before = counters()
      const end = gate()
      const door = await open({ reply: async ({ attempt }) => { await end.opened; return text(`of run ${attempt}`) } })
      const hangUp = new AbortController()
      const first = attempt(door, settings, textMessage('1'), hangUp.signal)
      await expect.poll(() => door.seen.length).toBe(1)
      hangUp.abort()
      expect(await first).toBeUndefined()
      await expect.poll(() => outcomes(door)).toEqual(['hungUp'])
      end.open()
      expect(opened(await attempt(door, settings, textMessage('1')))).toContain('of run 1')
      expect(door.seen).toHaveLength(1)
      expect(outcomes(door)).toEqual(['hungUp', 'answered'])
      expect(counters().hungUp - before.hungUp).toBe(1)
    })

    test('10 attempts at once have one run, one reply and one key', async () => {
      const keys = new Set<string>()
      const door = await open({ reply: async () => { await sleep(100); return text(String(Math.random())) } })
      const answers = await Promise.all(Array.from({ length: 10 }, async () => await attempt(door, settings, textMessage('1'))))
      expect(new Set(answers.map(opened)).size).toBe(1)
      expect(door.seen).toHaveLength(1)
      for (const { key } of door.log.filter(({ outcome }) => outcome === 'answered')) keys.add(String(key))
      expect([...keys]).toEqual([door.seen[0]?.key.slice(0, 8)])
      expect(new Set(door.log.filter(({ outcome }) => outcome !== undefined).map(({ attempt }) => attempt)).size).toBe(10)
    })

    test('a message that was answered gets the same reply again', async () => {
      const door = await open({ reply: () => text(String(Math.random())) })
      const [first, second] = [await attempt(door, settings, textMessage('1')), await attempt(door, settings, textMessage('1'))]
      expect(opened(second)).toBe(opened(first))
      expect(second?.body).not.toBe(first?.body)
    })

    test.each(['at once', 'later'])('a handler that throws %s is 500, and the retry runs it again', async when => {
      let runs = 0
      const door = await open({
        reply: when === 'at once'
          ? () => { if (++runs === 1) throw new Error('boom'); return text('second') }
          : async () => { await sleep(20); if (++runs === 1) throw new Error('boom'); return text('second') }
      })
      expect(bare(await attempt(door, settings, textMessage('1')))).toEqual([500, 'text/plain; charset=utf-8', 'Internal Server Error'])
      expect(opened(await attempt(door, settings, textMessage('1')))).toContain('second')
      expect(outcomes(door)).toEqual(['failed', 'answered'])
      expect(door.errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([['WECOM_HANDLER_FAILED', thrown]])
      expect(door.seen.map(({ key }) => key)).toEqual([door.seen[0]?.key, door.seen[0]?.key])
    })

    test('a handler that never answers costs no other message anything', async () => {
      const door = await open({ closeGrace: 50, reply: ({ plaintext }) => plaintext.includes('never') ? never() : text('yes') })
      const stuck = attempt(door, settings, textMessage('1', 'never'), 200)
      expect(opened(await attempt(door, settings, textMessage('2')))).toContain('yes')
      expect(await stuck).toBeUndefined()
    })

    // Where a handler knows no response it cannot.
    if (byRoute) {
      test('a handler that answers twice is told so, and the first answer stands', async () => {
        const door = await open({
          reply: (_context, encrypted) => {
            encrypted?.(text('first'))
            encrypted?.(text('second'))
          }
        })
        expect(opened(await attempt(door, settings, textMessage('1')))).toContain('first')
        await expect.poll(() => complaints(door.log).map(({ msg }) => msg)).toContain('the handler failed after it had answered')
        expect(door.seen).toHaveLength(1)
      })
    }

    test('store: false runs the handler for every request', async () => {
      const door = await open({ store: false, reply: ({ attempt }) => text(`attempt ${attempt}`) })
      for (let time = 1; time <= 2; time++) expect(opened(await attempt(door, settings, textMessage('1')))).toContain('attempt 1')
      expect(door.seen).toHaveLength(2)
    })

    test('two servers that share Redis have one run and one reply', async () => {
      const prefix = `doors-${name}:`
      const [one, other] = [await open({ store: redisStore({ client: redis.connect(), prefix }), reply }), await open({ store: redisStore({ client: redis.connect(), prefix }), reply })] as const
      async function reply () { await sleep(300); return text(String(Math.random())) }
      const answers = await Promise.all([one, other, one, other].map(async door => await attempt(door, settings, textMessage('1'))))
      expect(new Set(answers.map(opened)).size).toBe(1)
      expect(one.seen.length + other.seen.length).toBe(1)
    })
  })

  describe('in time', () => {
    test('an event is acknowledged at the deadline, and its late failure told', async () => {
      const late: unknown[] = []
      const end = gate()
      const door = await open({ deadline: 100, reply: async () => { await end.opened; throw new Error('boom') }, onLateError: (error, { kind }) => { late.push([(error as Error).message, kind]) } })
      // Before the default deadline.
      expect(bare(await attempt(door, settings, contactEvent('a'), 4_000))).toEqual([200, 'text/plain; charset=utf-8', ''])
      end.open()
      await expect.poll(() => late, { timeout: 5_000 }).toEqual([[thrown, 'event.change_contact.create_user']])
      expect(outcomes(door)).toEqual(['acknowledged'])
      expect(complaints(door.log).map(({ msg }) => msg)).toContainEqual(expect.stringContaining('failed after the message was acknowledged'))
      expect((await attempt(door, settings, contactEvent('a')))?.status).toBe(200)
      expect(door.seen).toHaveLength(1)
    })

    test('a text is acknowledged at the deadline where late replies are taken, and its reply told', async () => {
      const late: unknown[] = []
      const end = gate()
      const door = await open({ deadline: 100, reply: async () => { await end.opened; return text('late') }, onLateReply: (reply, { key }) => { late.push([reply, key]) } })
      expect((await attempt(door, settings, textMessage('1'), 4_000))?.body).toBe('')
      end.open()
      await expect.poll(() => late, { timeout: 5_000 }).toEqual([[{ MsgType: 'text', Content: 'late' }, door.seen[0]?.key]])
      expect(complaints(door.log)).toEqual([])
    })

    test('a late failure that is no longer anybody\'s does not end the process', async () => {
      const end = gate()
      const door = await open({ deadline: 60, reply: async () => { await end.opened; throw new Error('boom') } })
      await attempt(door, settings, contactEvent('b'))
      end.open()
      await sleep(200)
      expect((await door.send({ query: signEcho(settings, 'x') })).body).toBe('x')
    })
  })

  describe('the inbox', () => {
    const inboxOf = (put: Inbox['put']): Inbox => ({ accepts: ({ kind }) => kind !== 'text', put })

    test('has what it accepts before WeCom is told; the rest goes to the handler', async () => {
      const queued: InboxMessage[] = []
      let done = false
      const door = await open({ inbox: inboxOf(async message => { await sleep(80); queued.push(message); done = true }), ...(byRoute ? {} : { reply: () => text('at once') }) })
      const answer = await attempt(door, settings, contactEvent('a'))
      expect([done, answer?.status, answer?.body]).toEqual([true, 200, ''])
      expect(queued.map(({ kind, receiveId }) => [kind, receiveId])).toEqual([['event.change_contact.create_user', settings.receiveId]])
      expect(queued[0]).not.toHaveProperty('log')
      expect(door.seen).toEqual([])
      expect(outcomes(door)).toEqual(['queued'])
      const direct = await attempt(door, settings, textMessage('1'))
      if (byRoute) expect(complaints(door.log).map(({ msg }) => msg)).toEqual([expect.stringContaining('the inbox does not accept this message')])
      else expect(opened(direct)).toContain('at once')
    })

    test('that rejects makes it 503, and nothing of the reason goes out', async () => {
      const door = await open({ inbox: inboxOf(async () => { throw new Error('secret detail') }) })
      expect(bare(await attempt(door, settings, contactEvent('a')))).toEqual([503, 'text/plain; charset=utf-8', 'Service Unavailable'])
      expect(door.errors.map(({ code }) => code)).toEqual(['WECOM_INBOX_UNAVAILABLE'])
      expect(door.seen).toEqual([])
    })
  })

  describe('refusals', () => {
    const good = signMessage(settings, textMessage('1'))
    test.each([
      ['a forged signature', { ...good, query: { ...good.query, msg_signature: 'f'.repeat(40) } }, 401, 'Unauthorized', 'WECOM_SIGNATURE_MISMATCH'],
      ['a forged verification', { query: { ...signEcho(settings, 'x'), msg_signature: 'f'.repeat(40) } }, 401, 'Unauthorized', 'WECOM_SIGNATURE_MISMATCH'],
      ['no parameters', { body: good.body }, 400, 'Bad Request', 'WECOM_PARAMETER_INVALID'],
      ['a GET of nothing', {}, 400, 'Bad Request', 'WECOM_PARAMETER_INVALID'],
      ['no envelope', { ...good, body: 'x' }, 400, 'Bad Request', 'WECOM_ENVELOPE_INVALID'],
      ['no body', { method: 'POST', query: good.query, body: '' }, 400, 'Bad Request', 'WECOM_BODY_EMPTY'],
      ['an old timestamp', signMessage(settings, textMessage('1'), 'xml', { timestamp: '1409659813' }), 401, 'Unauthorized', 'WECOM_TIMESTAMP_OUT_OF_RANGE']
    ])('%s', async (_what, request, status, body, code) => {
      const door = await open()
      const answer = await door.send(request)
      expect(bare(answer)).toEqual([status, 'text/plain; charset=utf-8', body])
      const { date, connection, 'keep-alive': keepAlive, ...rest } = answer.headers
      delete (rest as Record<string, unknown>)[':status']
      expect(Object.keys(rest).sort()).toEqual(['content-length', 'content-type'])
      expect(door.seen).toEqual([])
      expect(complaints(door.log).map(line => [line.code, line.outcome])).toEqual([[code, 'refused']])
      expect(door.errors.map(error => error.code)).toEqual([code])
    })
  })

  describe('context', () => {
    test('signal is one and the same, made when it is first read, and unaborted after a quick answer', async () => {
      const signals: AbortSignal[] = []
      const made: unknown[] = []
      const { AbortController: Original } = globalThis
      const door = await open({ reply: ({ plaintext }) => { if (plaintext.includes('read')) signals.push(door.seen.at(-1)?.signal as AbortSignal, door.seen.at(-1)?.signal as AbortSignal); return text('yes') } })
      globalThis.AbortController = class extends Original { constructor () { super(); made.push(new Error('made').stack) } }
      onTestFinished(() => { globalThis.AbortController = Original })
      await door.send(signMessage(settings, textMessage('1')))
      expect(made).toEqual([])
      await door.send(signMessage(settings, textMessage('2', 'read')))
      expect(made).toHaveLength(1)
      expect([signals[0] === signals[1], signals[0]?.aborted]).toEqual([true, false])
    })

    test('has what a message brings', async () => {
      const door = await open({ reply: () => text('yes') })
      await attempt(door, settings, textMessage('1'))
      const context = door.seen[0] as CallbackContext
      expect(context).toMatchObject({ kind: 'text', format: 'xml', envelopeFormat: 'xml', receiveId: settings.receiveId, attempt: 1 })
      expect(context.key).toMatch(/^[\w-]{43}$/)
      expect(context.message).toMatchObject({ MsgType: 'text' })
      expect(context.query.msg_signature).toHaveLength(40)
    })
  })

  describe('close', () => {
    const start = async (options: Partial<DoorOptions>): Promise<Door> => await openDoor(name, { credentials: settings, ...options })

    test('waits for a running handler within the grace, and answers its attempt; what comes meanwhile is 503', async () => {
      const end = gate()
      const door = await start({ closeGrace: 8_000, reply: async () => { await end.opened; return text('in grace') } })
      const pending = attempt(door, settings, textMessage('1'))
      await expect.poll(() => door.seen.length).toBe(1)
      const closed = door.close()
      await sleep(50)
      const meanwhile = await attempt(door, settings, textMessage('2'))
      // Fastify itself refuses what comes while it closes.
      if (name.startsWith('Fastify')) expect(meanwhile?.status).toBe(503)
      else expect(bare(meanwhile)).toEqual([503, 'text/plain; charset=utf-8', 'Service Unavailable'])
      end.open()
      expect(opened(await pending)).toContain('in grace')
      await closed
      expect(door.seen).toHaveLength(1)
    })

    test('aborts what outlasts the grace, answers it with 503 and frees its key', async () => {
      const store = memoryStore()
      const reasons: string[] = []
      const options: Partial<DoorOptions> = { closeGrace: 150, store: { attach: store.attach } }
      const door = await start({ ...options, reply: async ({ signal }) => { signal.addEventListener('abort', () => { reasons.push((signal.reason as Error).message) }); return await never() } })
      const pending = attempt(door, settings, textMessage('1'))
      await expect.poll(() => door.seen.length).toBe(1)
      await door.close()
      expect((await pending)?.status).toBe(503)
      expect(reasons).toEqual(['the server closes'])
      const next = await open({ ...options, reply: () => text('next') })
      expect(opened(await attempt(next, settings, textMessage('1')))).toContain('next')
    })

    test('ends the store and the inbox, once, whoever calls it twice', async () => {
      const ended: string[] = []
      const door = await start({
        store: { attach: memoryStore().attach, close: async () => { ended.push('store') } },
        inbox: { accepts: () => false, put: async () => {}, close: async () => { ended.push('inbox') } }
      })
      await Promise.all([door.close(), door.close()])
      expect(ended).toEqual(['store', 'inbox'])
    })
  })

  test('image replies go out as well as texts', async () => {
    const door = await open({ reply: () => image('MEDIA') })
    expect(opened(await attempt(door, settings, textMessage('1')))).toContain('<MediaId><![CDATA[MEDIA]]></MediaId>')
  })
})
