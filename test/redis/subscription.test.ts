import { EventEmitter } from 'node:events'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSubscription } from '../../src/redis/subscription.js'

// By itself; waking.test.ts and faults.test.ts break real connections.

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

/** A connection that does what the test says. */
class Connection extends EventEmitter {
  status = 'wait'
  connect = vi.fn(async () => {})
  subscribe = vi.fn(async (_channel: string) => {})
  disconnect = vi.fn((_reconnect?: boolean) => {})
  is (status: string): void {
    this.status = status
    this.emit(status)
  }
}

function setUp ({ isCluster = false } = {}) {
  const connections: Connection[] = []
  const duplicate = vi.fn((..._options: unknown[]) => {
    const connection = new Connection()
    connections.push(connection)
    return connection
  })
  const client = { isCluster, duplicate } as unknown as Redis
  const [onMessage, onListening, onFault] = [vi.fn(), vi.fn(), vi.fn()]
  const subscription = createSubscription({ client, channel: 'runs', onMessage, onListening, onFault })
  const started = (): Connection => {
    subscription.start()
    return connections.at(-1) as Connection
  }
  return { subscription, connections, duplicate, onMessage, onListening, onFault, started }
}

const turn = async (): Promise<void> => { await vi.advanceTimersByTimeAsync(0) }

describe('the copy of the client', () => {
  test('connects when it is started, once, and listens by itself whenever it is ready', async () => {
    const { duplicate, connections, started } = setUp()
    const connection = started()
    expect(started()).toBe(connection)
    expect(duplicate.mock.calls).toEqual([[{ lazyConnect: true, enableOfflineQueue: true, autoResubscribe: false, retryStrategy: expect.any(Function) as unknown }]])
    expect([connections.length, connection.connect.mock.calls.length, connection.subscribe.mock.calls.length]).toEqual([1, 1, 0])
    connection.is('ready')
    connection.is('close')
    connection.is('ready')
    expect(connection.subscribe.mock.calls).toEqual([['runs'], ['runs']])
  })

  test('of a cluster takes up the channel again by its own means', () => {
    const { duplicate, started } = setUp({ isCluster: true })
    started()
    expect(duplicate.mock.calls).toEqual([[[], { lazyConnect: true, enableOfflineQueue: true, clusterRetryStrategy: expect.any(Function) as unknown }]])
  })

  test('never gives up, and waits two seconds at most', () => {
    const { duplicate, started } = setUp()
    started()
    const { retryStrategy } = duplicate.mock.calls[0]?.[0] as { retryStrategy: (times: number) => number }
    expect([1, 2, 5, 6, 1_000_000].map(retryStrategy)).toEqual([100, 200, 1_600, 2_000, 2_000])
  })

  test('that cannot connect is no unhandled rejection', async () => {
    const { duplicate, started } = setUp()
    duplicate.mockImplementationOnce(() => Object.assign(new Connection(), { connect: vi.fn(async () => await Promise.reject(new Error('down'))) }))
    started()
    await turn()
  })
})

test('messages of its channel are passed on, and no others', () => {
  const { onMessage, started } = setUp()
  const connection = started()
  connection.emit('message', 'another', 'a')
  connection.emit('message', 'runs', 'b')
  expect(onMessage.mock.calls).toEqual([['b']])
})

test('that it listens is told each time, and its faults are', async () => {
  const { onListening, onFault, started } = setUp()
  const connection = started()
  connection.is('ready')
  await turn()
  connection.is('close')
  connection.is('ready')
  await turn()
  expect(onListening).toHaveBeenCalledTimes(2)
  const fault = new Error('down')
  connection.emit('error', fault)
  expect(onFault.mock.calls).toEqual([[fault]])
})

describe('where Redis does not let it listen', () => {
  async function refused () {
    const parts = setUp()
    const connection = parts.started()
    const fault = new Error('NOPERM')
    connection.subscribe.mockRejectedValueOnce(fault)
    connection.is('ready')
    await turn()
    expect([parts.onFault.mock.calls, parts.onListening.mock.calls]).toEqual([[[fault]], []])
    return { ...parts, connection }
  }

  test('it asks again two seconds later', async () => {
    const { connection, onListening } = await refused()
    await vi.advanceTimersByTimeAsync(1_999)
    expect(connection.subscribe).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect([connection.subscribe.mock.calls.length, onListening.mock.calls.length]).toEqual([2, 1])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(connection.subscribe).toHaveBeenCalledTimes(2)
  })

  test.each<[string, (connection: Connection) => void, number]>([
    ['listens again after a reconnect', connection => { connection.is('ready') }, 2],
    ['is not connected', connection => { connection.is('close') }, 1],
    ['is gone for good', connection => { connection.is('end'); connection.status = 'ready' }, 1]
  ])('it does not, where it %s', async (_name, happen, expected) => {
    const { connection } = await refused()
    happen(connection)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(connection.subscribe).toHaveBeenCalledTimes(expected)
  })

  test('and is closed meanwhile, nothing is told any more', async () => {
    const { subscription, started, onFault, onListening } = setUp()
    for (const outcome of ['refused', 'listens']) {
      const connection = started()
      let settle = (): void => {}
      connection.subscribe.mockImplementationOnce(async () => { await new Promise<void>((resolve, reject) => { settle = outcome === 'listens' ? resolve : () => { reject(new Error('closed')) } }) })
      connection.is('ready')
      connection.is('end')
      settle()
      await turn()
    }
    expect([onFault.mock.calls, onListening.mock.calls]).toEqual([[], []])
    await subscription.close()
  })
})

describe('a restart', () => {
  test('breaks a connection that listens, so that it comes back, and no other', async () => {
    const { subscription, started } = setUp()
    subscription.restart()
    const connection = started()
    subscription.restart()
    expect(connection.disconnect).not.toHaveBeenCalled()
    connection.is('ready')
    await turn()
    subscription.restart()
    expect(connection.disconnect.mock.calls).toEqual([[true]])
    connection.is('close')
    subscription.restart()
    expect(connection.disconnect).toHaveBeenCalledOnce()
  })

  test('a connection that has ended for good is made anew by the next start', () => {
    const { connections, started } = setUp()
    const [first] = [started()]
    first.is('end')
    const second = started()
    expect([second === first, connections.length]).toEqual([false, 2])
    // Which its predecessor does not end.
    first.is('end')
    expect(started()).toBe(second)
  })
})

describe('the close', () => {
  const soFar = async (closed: Promise<void>): Promise<string> => await Promise.race([closed.then(() => 'closed'), turn().then(() => 'open')])

  test('waits for the end of the connection', async () => {
    const { subscription, started, connections } = setUp()
    const connection = started()
    connection.is('ready')
    const closed = subscription.close()
    expect(connection.disconnect.mock.calls).toEqual([[]])
    expect(await soFar(closed)).toBe('open')
    connection.is('end')
    expect(await soFar(closed)).toBe('closed')
    expect(vi.getTimerCount()).toBe(0)
    started()
    expect(connections).toHaveLength(1)
  })

  test('waits three seconds at most', async () => {
    const { subscription, started } = setUp()
    started()
    const closed = subscription.close()
    await vi.advanceTimersByTimeAsync(2_999)
    expect(await soFar(closed)).toBe('open')
    await vi.advanceTimersByTimeAsync(1)
    expect(await soFar(closed)).toBe('closed')
  })

  test('between two connections waits for none, and lets it not come back', async () => {
    const { subscription, started } = setUp()
    const connection = started()
    connection.status = 'reconnecting'
    expect(await soFar(subscription.close())).toBe('closed')
    expect(connection.disconnect).toHaveBeenCalledOnce()
  })

  test('of one that never connected, has ended, or is closed does nothing', async () => {
    const { subscription, started } = setUp()
    expect(await soFar(setUp().subscription.close())).toBe('closed')
    const connection = started()
    connection.status = 'end'
    expect(await soFar(subscription.close())).toBe('closed')
    expect(await soFar(subscription.close())).toBe('closed')
    expect(connection.disconnect).not.toHaveBeenCalled()
  })
})
