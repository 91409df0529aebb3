import { afterEach, describe, expect, test, vi } from 'vitest'
import { createCallbacks, type Arrival } from '../../src/core/index.js'
import { memoryStore } from '../../src/delivery/memory-store.js'
import { text } from '../../src/reply/text.js'
import { newSettings, signMessage } from '../support/requests.js'
import { textMessage } from './wecom.js'

const settings = newSettings()
const log = { info () {}, warn () {}, error () {} }

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** What handling one message makes, its handler answering in this way. */
async function handled (answer: (run: { answer (value: unknown): void }) => void) {
  const callbacks = createCallbacks({ credentials: settings, store: memoryStore(), log, scope: '/' })
  const context = await callbacks.receive(signMessage(settings, textMessage('1')), log)
  const onHangUp = vi.fn(() => () => {})
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const aborters = { made: 0 }
  vi.stubGlobal('AbortController', class extends AbortController {
    constructor () {
      super()
      aborters.made++
    }
  })
  const answered = callbacks.handle({ context, arrivedAt: performance.now(), isGone: () => false, onHangUp, startHandler: answer })
  const made = { timers: timers.mock.calls.length, aborters: aborters.made, listeners: onHangUp.mock.calls.length }
  return { answered, context, onHangUp, timers, aborters, made }
}

describe('a handler that settles at once, with the memory store', () => {
  test('is answered in the same turn: no promise, no timer, no AbortController, no listener', async () => {
    const { answered, made } = await handled(run => { run.answer(text('hi')) })
    expect(answered).toMatchObject({ contentType: expect.stringContaining('xml'), body: expect.stringContaining('<Encrypt>') })
    expect(made).toEqual({ timers: 0, aborters: 0, listeners: 0 })
  })

  test('and one that awaits what is there already needs none of them either', async () => {
    const { answered, timers, aborters, onHangUp } = await handled(async run => { run.answer(await text('hi')) })
    expect(await answered).toMatchObject({ body: expect.stringContaining('<Encrypt>') })
    expect([timers.mock.calls.length, aborters.made, onHangUp.mock.calls.length]).toEqual([0, 0, 0])
  })

  test('one that takes longer than a turn is timed and listened for; the signal is made when it is read', async () => {
    const { answered, context, timers, aborters, onHangUp } = await handled(run => { setImmediate(() => { setImmediate(() => { run.answer(text('hi')) }) }) })
    expect(await answered).toMatchObject({ body: expect.stringContaining('<Encrypt>') })
    expect(timers.mock.calls.length).toBeGreaterThan(0)
    expect([onHangUp.mock.calls.length, aborters.made]).toEqual([1, 0])
    expect(context.signal.aborted).toBe(false)
    expect(aborters.made).toBe(1)
  })
})

test('what startHandler throws is the handler\'s failure, and a retry runs it again', async () => {
  const callbacks = createCallbacks({ credentials: settings, log, scope: '/' })
  const deliver = async (startHandler: Arrival['startHandler']) => await callbacks.handle({
    context: await callbacks.receive(signMessage(settings, textMessage('1')), log),
    arrivedAt: performance.now(),
    isGone: () => false,
    onHangUp: () => () => {},
    startHandler
  })
  await expect(deliver(() => { throw new Error('boom') })).rejects.toMatchObject({ code: 'WECOM_HANDLER_FAILED' })
  expect(await deliver(run => { run.answer(text('hi')) })).toMatchObject({ body: expect.stringContaining('<Encrypt>') as string })
  await callbacks.close()
})
