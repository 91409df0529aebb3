import { expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { newCredentials, sample, wecomClient, withClock } from '../../src/testing/index.js'
import { listenForTest } from '../support/server.js'

test('app, client and samples share the faked time, so that a captured request can grow old', async () => {
  const credentials = newCredentials()
  const { app } = await listenForTest({ credentials, reply: text('ok') })
  const wecom = wecomClient({ credentials, app, path: '/wecom' })
  await withClock('2030-01-01', async clock => {
    const request = wecom.seal(sample('text'))
    const send = async () => await app.inject({ method: 'POST', url: '/wecom', query: { ...request.query }, headers: request.headers, payload: request.body })
    expect((await send()).statusCode).toBe(200)
    clock.advance(299_000)
    expect((await send()).statusCode).toBe(200)
    clock.advance(2_000)
    expect((await send()).statusCode).toBe(401)
  })
})

test('Date behaves as ever but for the time', async () => {
  const before = Date
  await withClock(1_000, clock => {
    expect(Date.now()).toBe(1000)
    expect(new Date().getTime()).toBe(1000)
    expect(new Date(5).getTime()).toBe(5)
    expect(new Date()).toBeInstanceOf(Date)
    class Mine extends Date {}
    expect(new Mine()).toBeInstanceOf(Mine)
    expect(Date.UTC(2030)).toBe(1_893_456_000_000)
    clock.set(new Date(7))
    expect(clock.now()).toBe(7)
    expect(Date()).toContain('1970')
  })
  expect(Date).toBe(before)
})

test('the clock is put back when the test fails', async () => {
  await expect(withClock(0, () => { throw new Error('mine') })).rejects.toThrow('mine')
  expect(Date.now()).toBeGreaterThan(1e12)
})

test('one clock at a time, and times only', async () => {
  await expect(withClock(0, async () => { await withClock(1, () => {}) })).rejects.toThrow(/one withClock at a time/)
  await expect(withClock('yesterday', () => {})).rejects.toThrow(/expected a time/)
})
