import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { RedisOptions } from 'ioredis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { redisStreams, type RedisStreamsOptions } from '../../src/redis/index.js'
import type { StreamStore, StreamView } from '../../src/streams/store.js'
import { ended, newKey, newStream, running, testStreamStore } from '../streams/store-contract.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { useMortalRedis } from './outages.js'
import { startRelay } from './relay.js'

/** So long that a process which is busy for a moment has not lost its streams. */
const lease = 900
const fast = { lease, flushEvery: 10 }
let server: RedisServer
useMortalRedis(started => { server = started })

testStreamStore('redisStreams', async () => {
  const own = await startRedis()
  const [one, other] = [redisStreams({ client: own.connect(), ...fast }), redisStreams({ client: own.connect(), ...fast })]
  return {
    one,
    other,
    patience: lease * 4 / 3,
    pass: sleep,
    async close () {
      await one.close?.()
      await other.close?.()
      await own.stop()
    }
  }
})

/** A store as one process has it, closed when the test ends. */
function open (options: Omit<RedisStreamsOptions, 'client'> = {}, client: RedisOptions = {}): StreamStore {
  const connection = server.connect(client)
  const store = redisStreams({ client: connection, ...fast, ...options })
  onTestFinished(async () => {
    await store.close?.()
    connection.disconnect()
  })
  return store
}

async function begun (store: StreamStore, changes: Parameters<typeof newStream>[0] = {}) {
  const [key, stream] = [newKey(), newStream(changes)]
  const { token } = stream
  await store.begin(key, stream)
  const write = async (offset: number, text: string) => await store.write(key, { token, offset, text })
  const end = async (offset: number, text: string) => await store.end(key, { token, offset, text, cause: 'done', final: '' })
  return { key, token, stream, write, end }
}

/** The producer has just spoken up, and does not again for most of a third of the lease. */
async function heartbeat (key: string): Promise<void> {
  const client = server.connect()
  const lease = async (): Promise<string | null> => await client.hget(`wecom:stream:${key}`, 'lease')
  const before = await lease()
  await expect.poll(lease, { interval: 5 }).not.toBe(before)
  client.disconnect()
}

async function scripts (): Promise<number> {
  const calls = await server.calls()
  return (calls.evalsha ?? 0) + (calls.eval ?? 0)
}

describe('cost', () => {
  test('a poll at the process that produces asks Redis nothing, at another one script', async () => {
    // No heartbeat is due within the test.
    const [one, other] = [open({ lease: 15_000 }), open({ lease: 15_000 })]
    const { key, token, write } = await begun(one)
    await write(0, 'abc')
    await other.poll(key, '')
    const before = await scripts()
    for (let poll = 0; poll < 50; poll++) expect(one.poll(key, '')).toEqual(running(token, 'abc'))
    expect(await scripts()).toBe(before)
    for (let poll = 0; poll < 10; poll++) expect(await other.poll(key, '')).toEqual(running(token, 'abc'))
    expect(await scripts()).toBe(before + 10)
  })

  test('the first piece is written at once, the others so far apart', async () => {
    const { write } = await begun(open({ flushEvery: 1_000 }))
    const start = performance.now()
    await write(0, 'a')
    expect(performance.now() - start).toBeLessThan(900)
    await write(1, 'b')
    await write(2, 'c')
    expect(performance.now() - start).toBeGreaterThan(1_990)
  })

  test('an end does not wait for the time of a piece, and takes that with it', async () => {
    const store = open({ flushEvery: 5_000 })
    const { key, token, write, end } = await begun(store)
    await write(0, 'a')
    const start = performance.now()
    const [written, done] = await Promise.all([write(1, 'b'), end(2, 'c')])
    expect(performance.now() - start).toBeLessThan(4_000)
    expect(written).toEqual({ state: 'running', bytes: 3 })
    expect(done).toEqual({ state: 'ended', view: ended(token, 'abc', 'done') })
    expect(await store.poll(key, '')).toEqual(ended(token, 'abc', 'done'))
  })

  test('one timer, while a stream is produced here', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => { vi.useRealTimers() })
    const store = open()
    const [one, two] = [await begun(store), await begun(store)]
    expect(vi.getTimerCount()).toBe(1)
    await one.end(0, '')
    expect(vi.getTimerCount()).toBe(1)
    await two.end(0, '')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('keys', () => {
  test('what lies in Redis has hashes for names and goes by itself', async () => {
    const [store, client, prefix] = [open({ prefix: 'keys:' }), server.connect(), 'keys:']
    const { key, end, token } = await begun(store, { conversation: 'zhangsan' })
    expect(await client.keys(`${prefix}chat:*`)).toEqual([expect.stringMatching(/^keys:chat:[\w-]{43}$/)])
    await store.claim('https://secret')
    await store.end(key, { token, offset: 0, text: '', cause: 'done', final: 'i'.repeat(10_000) })
    await end(0, '')
    await store.poll(newKey(), '')
    const names = await client.keys(`${prefix}*`)
    expect(names.map(name => name.replace(/[\w-]{43}/, '…')).sort()).toEqual(['keys:respond:…', 'keys:stream:…', 'keys:stream:…', 'keys:stream:…:img'])
    expect(names.join()).not.toMatch(/zhangsan|secret/)
    for (const name of names) {
      const left = await client.pttl(name)
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(name.includes('respond') ? 3_600_000 : 540_000)
    }
  })
})

describe('producers that die or stand still', () => {
  /** What a process that stands still is to Redis: nothing goes out or comes in. */
  async function stalling () {
    const relay = await startRelay(server.port)
    return { relay, store: open({}, { port: relay.port, maxRetriesPerRequest: null }) }
  }

  test('is lost within a lease and a third and a poll, and not before; its producer learns that when it is back', async () => {
    const { relay, store } = await stalling()
    const other = open()
    const { key, token, stream, write } = await begun(store)
    await write(0, 'abc')
    relay.stall()
    const client = server.connect()
    // By Redis' clock.
    const leaseEnds = Number(await client.hget(`wecom:stream:${key}`, 'lease'))
    const start = performance.now()
    let view: StreamView | undefined
    do {
      await sleep(20)
      view = await other.poll(key, '')
    } while (view?.state === 'running')
    const took = performance.now() - start
    const [seconds, microseconds] = await client.time()
    expect(view).toEqual(ended(token, 'abc|lost', 'lost'))
    expect(Number(seconds) * 1_000 + Number(microseconds) / 1_000).toBeGreaterThan(leaseEnds + lease / 3)
    // And what a busy machine adds.
    expect(took).toBeLessThan(lease * 4 / 3 + 2_000)
    relay.go()
    await expect.poll(() => stream.calls, { timeout: 3_000 }).toEqual([view])
    expect(await write(3, 'd')).toEqual({ state: 'ended', view })
    expect(stream.calls).toHaveLength(1)
  })

  test('its own process shows nothing that may be out of date', async () => {
    const { relay, store } = await stalling()
    const { key, write } = await begun(store)
    await write(0, 'abc')
    relay.stall()
    await sleep(lease + 20)
    const poll = store.poll(key, '')
    expect(await Promise.race([poll, sleep(100, 'asks Redis')])).toBe('asks Redis')
    relay.go()
    expect(await poll).toMatchObject({ state: 'running', text: 'abc' })
  })

  test('a piece that Redis has and whose answer is not back yet: its own process shows no less than others', async () => {
    const { relay, store } = await stalling()
    const other = open()
    const { key, token, write } = await begun(store)
    await write(0, 'abc')
    relay.silence(0)
    const writing = write(3, 'd')
    writing.catch(() => {})
    await expect.poll(async () => (await other.poll(key, ''))?.text).toBe('abcd')
    const poll = Promise.resolve(store.poll(key, ''))
    poll.catch(() => {})
    expect(await Promise.race([poll, sleep(50, 'asks Redis')])).toBe('asks Redis')
    relay.breakAll()
    await writing.catch(() => {})
    await expect.poll(async () => await Promise.resolve(store.poll(key, '')).catch(() => {}), { timeout: 5_000 }).toEqual(running(token, 'abcd'))
  })

  test('clocks of the processes that are an hour apart change nothing', async () => {
    const [one, other] = [open(), open()]
    // What one process reads is an hour ahead of what the other one does.
    const hours = [0, 3_600_000, -3_600_000]
    const now = Date.now.bind(Date)
    let turn = 0
    vi.spyOn(Date, 'now').mockImplementation(() => now() + (hours[turn++ % hours.length] as number))
    onTestFinished(() => { vi.restoreAllMocks() })
    const { key, token, write } = await begun(one)
    for (const [at, piece] of ['a', 'b', 'c'].entries()) {
      await write(at, piece)
      expect(await other.poll(key, '')).toEqual(running(token, 'abc'.slice(0, at + 1)))
      await sleep(lease / 2)
    }
    expect(await one.end(key, { token, offset: 3, text: '!', cause: 'done', final: '' })).toEqual({ state: 'ended', view: ended(token, 'abc!', 'done') })
    expect(await other.poll(key, '')).toEqual(ended(token, 'abc!', 'done'))
  })

  test('who speaks up within the third is not lost', async () => {
    const { relay, store } = await stalling()
    const other = open()
    const { key, token, write } = await begun(store)
    relay.stall()
    await sleep(lease + 30)
    expect(await other.poll(key, '')).toEqual(running(token, ''))
    relay.go()
    await sleep(lease)
    expect(await other.poll(key, '')).toEqual(running(token, ''))
    expect(await write(0, 'a')).toEqual({ state: 'running', bytes: 1 })
  })

  test('what is silent goes on for as long as its process lives', async () => {
    const [one, other] = [open(), open()]
    const { key, token } = await begun(one)
    for (let poll = 0; poll < 10; poll++) {
      await sleep(lease / 3)
      expect(await other.poll(key, '')).toEqual(running(token, ''))
    }
  })

  test('a stopped one whose process is silent ends when its lease is over', async () => {
    const { relay, store } = await stalling()
    const other = open()
    const { key, token, stream } = await begun(store)
    relay.stall()
    expect(await other.stop(stream.conversation, '')).toBe(1)
    expect(await other.poll(key, '')).toEqual(running(token, ''))
    await sleep(lease + 20)
    expect(await other.poll(key, '')).toEqual(ended(token, '|stopped', 'stopped'))
    relay.go()
  })

  test('a stream that was begun and left is taken by whoever begins it next, once, and goes on from what it shows', async () => {
    const { relay, store } = await stalling()
    const [other, third] = [open(), open()]
    const { key, token } = await begun(store, { text: '等' })
    relay.stall()
    const [short, next, late] = [newStream({ text: '' }), newStream({ text: '等，' }), newStream({ text: '等' })]
    expect(await other.begin(key, next)).toEqual(running(token, '等'))
    await sleep(lease + 20)
    expect(await other.begin(key, short)).toEqual(running(token, '等'))
    expect(await other.begin(key, next)).toEqual(running(next.token, '等，'))
    expect(await third.begin(key, late)).toEqual(running(next.token, '等，'))
    await sleep(lease * 2)
    expect(await third.poll(key, '')).toEqual(running(next.token, '等，'))
    relay.go()
    await expect.poll(async () => await store.write(key, { token, offset: 3, text: '?' }), { timeout: 3_000 }).toEqual({ state: 'taken' })
  })

  test('a stream that is to be stopped is taken by nobody', async () => {
    const { relay, store } = await stalling()
    const other = open()
    const { key, token, stream } = await begun(store)
    relay.stall()
    expect(await other.stop(stream.conversation, '')).toBe(1)
    await sleep(lease + 20)
    expect(await other.begin(key, newStream())).toEqual(running(token, ''))
    expect(await other.poll(key, '')).toEqual(ended(token, '|stopped', 'stopped'))
    relay.go()
  })

  test('a beginning that Redis has and does not tell of leaves the stream to whoever begins it next', async () => {
    const relay = await startRelay(server.port)
    const [one, other] = [open({ lease: 15_000 }, { port: relay.port }), open({ lease: 15_000 })]
    await one.claim('a name, so that the connection stands')
    const [key, stream, next] = [newKey(), newStream(), newStream()]
    relay.silence(0)
    await expect(one.begin(key, stream)).rejects.toThrow('no answer within 1000 ms')
    await expect.poll(async () => await other.begin(key, next)).toEqual(running(next.token, ''))
    expect(await other.write(key, { token: next.token, offset: 0, text: 'a' })).toEqual({ state: 'running', bytes: 1 })
  })

  test('a stream that nobody asks for ends at its life', async () => {
    const { stream, token } = await begun(open(), { life: 200 })
    await expect.poll(() => stream.calls, { timeout: 2_000 }).toEqual([ended(token, '|late', 'late')])
  })
})

describe('a Redis that forgets or is away', () => {
  // So that its producer is back, and speaks up, before it counts as one that nobody brings back.
  const lasting = { lease: 1_500 }
  const soon = { retryStrategy: () => 50 }

  test('flushed: it has the text again within a heartbeat, and the producer goes on', async () => {
    const [one, other] = [open(), open()]
    const { key, token, stream, write } = await begun(one, { first: 'f' })
    await write(0, '你好')
    const client = server.connect()
    await client.ping()
    await heartbeat(key)
    await client.flushall()
    expect(await other.poll(key, 'gone')).toBeUndefined()
    await expect.poll(async () => await other.poll(key, 'gone'), { timeout: lease }).toEqual(running(token, '你好', 'f'))
    expect(await write(6, '!')).toEqual({ state: 'running', bytes: 7 })
    await server.connect().flushall()
    expect(await write(7, '?')).toEqual({ state: 'running', bytes: 8 })
    expect(await other.poll(key, 'gone')).toEqual(running(token, '你好!?', 'f'))
    await heartbeat(key)
    await client.flushall()
    expect(await one.stop(stream.conversation, '')).toBe(0)
    await sleep(lease)
    expect(await other.stop(stream.conversation, '')).toBe(1)
  })

  test('flushed as it ends: the end is there', async () => {
    const [one, other] = [open(), open()]
    const { key, token, write } = await begun(one)
    await write(0, 'abc')
    await server.connect().flushall()
    const final = 'i'.repeat(10_000)
    expect(await one.end(key, { token, offset: 3, text: 'd', cause: 'done', final })).toEqual({ state: 'ended', view: ended(token, 'abcd', 'done', { final }) })
    expect(await other.poll(key, 'gone')).toEqual(ended(token, 'abcd', 'done', { final }))
  })

  test('flushed, and another producer has begun: the first is told that it is over', async () => {
    const [one, other] = [open(), open()]
    const { key, stream, write } = await begun(one)
    const client = server.connect()
    await client.ping()
    await heartbeat(key)
    await client.flushall()
    await other.begin(key, newStream({ token: 'another' }))
    await expect.poll(() => stream.calls, { timeout: 2_000 }).toEqual([running('another', '')])
    expect(await write(0, 'a')).toEqual({ state: 'taken' })
  })

  test('failed over without what it wrote last: it is given that again, by a heartbeat or a piece', async () => {
    // So long that one answers from what it has, however long the machine stands still.
    const lease = 3_000
    const [one, other, client] = [open({ lease }), open({ lease }), server.connect()]
    const { key, token, write } = await begun(one)
    await write(0, '你好')
    await client.hset(`wecom:stream:${key}`, 'text', '你')
    await expect.poll(async () => (await other.poll(key, ''))?.text, { timeout: lease }).toBe('你好')
    await client.hset(`wecom:stream:${key}`, 'text', '')
    expect(one.poll(key, '')).toEqual(running(token, '你好'))
    expect(await write(6, '!')).toEqual({ state: 'running', bytes: 7 })
    expect(await other.poll(key, '')).toEqual(running(token, '你好!'))
  })

  test('scripts that Redis has forgotten are sent again', async () => {
    const one = open()
    const { write } = await begun(one)
    await server.connect().script('FLUSH')
    expect(await write(0, 'a')).toEqual({ state: 'running', bytes: 1 })
  })

  test('paused for a while: everything waits and goes on', async () => {
    // A third more than the lease passes, and less than a step may take.
    const lease = 300
    const [one, other] = [open({ lease }), open({ lease })]
    const { key, token, write } = await begun(one)
    await write(0, 'abc')
    await server.connect().client('PAUSE', 500)
    const [written, view] = await Promise.all([write(3, 'd'), other.poll(key, '')])
    expect([written, view?.state]).toEqual([{ state: 'running', bytes: 4 }, 'running'])
    await sleep(lease)
    expect(await other.poll(key, '')).toEqual(running(token, 'abcd'))
  })

  test('away for seconds: every step rejects in time, and the next piece goes on', async () => {
    const [one, other] = [open(), open()]
    const { key, token, write, stream } = await begun(one)
    await write(0, 'abc')
    server.pause()
    const start = performance.now()
    const steps = [write(3, 'd'), other.poll(key, ''), one.begin(newKey(), newStream()), one.stop(newKey(), ''), one.claim(newKey())]
    expect((await Promise.allSettled(steps)).map(({ status }) => status)).toEqual(steps.map(() => 'rejected'))
    // Each gives up after a second, and none waits for another.
    expect(performance.now() - start).toBeLessThan(3_500)
    await expect(write(3, 'de')).rejects.toThrow()
    server.resume()
    expect(await write(3, 'def')).toEqual({ state: 'running', bytes: 6 })
    expect([await one.poll(key, ''), await other.poll(key, '')]).toEqual([running(token, 'abcdef'), running(token, 'abcdef')])
    expect(stream.calls).toEqual([])
  })

  test('killed and back with nothing in it: the stream is there again', async () => {
    const [one, other] = [open(lasting, soon), open(lasting)]
    const { key, token, write } = await begun(one)
    await write(0, 'abc')
    await server.kill()
    await expect(write(3, 'd')).rejects.toThrow()
    await sleep(300)
    await server.start()
    await expect.poll(async () => await Promise.resolve(other.poll(key, 'gone')).catch(() => {}), { timeout: 5_000 }).toEqual(running(token, 'abcd'))
    expect(await write(3, 'de')).toEqual({ state: 'running', bytes: 5 })
  })

  test('an end that Redis does not take is told by the store until it does', async () => {
    const [one, other] = [open(lasting, soon), open(lasting)]
    const { key, token, stream, end } = await begun(one)
    await server.kill()
    await expect(end(0, 'all')).rejects.toThrow()
    await server.start()
    await expect.poll(async () => await Promise.resolve(other.poll(key, 'gone')).catch(() => {}), { timeout: 5_000 }).toEqual(ended(token, 'all', 'done'))
    await sleep(lasting.lease / 2)
    expect(stream.calls).toEqual([])
  })

  test('a client that its user has closed: every step rejects', async () => {
    const client = server.connect()
    const store = redisStreams({ client, ...fast })
    const { key, write } = await begun(store)
    client.disconnect()
    await expect(write(0, 'a')).rejects.toThrow()
    await expect(Promise.resolve(store.poll(newKey(), ''))).rejects.toThrow()
    await expect(store.begin(key, newStream())).rejects.toThrow()
    await store.close?.()
  })

  test('full: a step is taken whole or not at all', async () => {
    const [one, admin] = [open(), server.connect()]
    const { key, token, write } = await begun(one)
    await write(0, 'abc')
    await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
    await expect(write(3, 'd')).rejects.toThrow('OOM')
    await expect(one.begin(newKey(), newStream())).rejects.toThrow('OOM')
    expect(await admin.hget(`wecom:stream:${key}`, 'text')).toBe('abc')
    await admin.config('SET', 'maxmemory', '0')
    expect(await write(3, 'd')).toEqual({ state: 'running', bytes: 4 })
    expect(await one.poll(key, '')).toEqual(running(token, 'abcd'))
  })
})

test('over random polls at both processes a text only grows, and ends once and the same', async () => {
  const stores = [open(), open()] as const
  await fc.assert(fc.asyncProperty(
    fc.array(fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 8 }), pause: fc.nat(8) }), { minLength: 1, maxLength: 12 }),
    fc.array(fc.record({ at: fc.nat(1), pause: fc.nat(4) }), { minLength: 20, maxLength: 40 }),
    fc.constantFrom('end', 'stop here', 'stop elsewhere', 'late'),
    fc.infiniteStream(fc.nat(19)),
    async (pieces, polls, how, chance) => {
      const { key, token, stream, write, end } = await begun(stores[0], { life: how === 'late' ? 30 : 60_000 })
      let shown = ''
      let final: StreamView | undefined
      const produce = async (): Promise<void> => {
        let offset = 0
        for (const { text, pause } of pieces) {
          await sleep(pause)
          const written = await write(offset, text)
          if (written.state !== 'running') return
          offset = written.bytes
        }
        if (how === 'end') await end(offset, '.')
        if (how === 'stop here') await stores[0].stop(stream.conversation, '')
        if (how === 'stop elsewhere') await stores[1].stop(stream.conversation, '')
      }
      const follow = async (): Promise<void> => {
        for (const { at, pause } of polls) {
          if (chance.next().value === 0) await sleep(pause)
          const view = await (stores[at] as StreamStore).poll(key, '') as StreamView
          expect(view.text.startsWith(shown)).toBe(true)
          if (final !== undefined) expect(view).toEqual(final)
          shown = view.text
          if (view.state === 'ended') final = view
        }
      }
      await Promise.all([produce(), follow()])
      await expect.poll(async () => (await stores[1].poll(key, ''))?.state, { timeout: 2_000, interval: 10 }).toBe('ended')
      const last = [await stores[0].poll(key, ''), await stores[1].poll(key, '')] as StreamView[]
      expect(last[0]).toEqual(last[1])
      expect(last[0]?.token).toBe(token)
      expect(last[0]?.text.startsWith(shown)).toBe(true)
      if (how === 'end') expect(last[0]?.text).toBe(`${pieces.map(({ text }) => text).join('')}.`)
    }
  ), { numRuns: 60 })
}, 60_000)

test.each<[string, unknown, string]>([
  ['no client', {}, 'client'],
  ['a prefix that is no text', { prefix: 7 }, 'prefix'],
  ['a lease in seconds', { lease: 5 }, 'lease'],
  ['a long lease', { lease: 15_001 }, 'lease'],
  ['a flushEvery in seconds', { flushEvery: 0.4 }, 'flushEvery'],
  ['a long flushEvery', { flushEvery: 10_001 }, 'flushEvery'],
  ['an option that is none', { flush: 1 }, 'to have only']
])('%s is refused at once', (name, options, named) => {
  const client = name === 'no client' ? undefined : server.connect({ lazyConnect: true })
  expect(() => redisStreams({ client, ...options as object } as RedisStreamsOptions)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(`redisStreams ${named}`) }))
})
