import { expect, test, vi } from 'vitest'
import { createCallbacks, type Arrival, type HandlerRun } from '../../src/core/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { textMessage } from '../delivery/wecom.js'

const settings = newSettings()
const log = { info () {}, warn () {}, error () {} }
const arrival = (context: Arrival['context'], startHandler: (run: HandlerRun) => void = () => {}): Arrival =>
  ({ context, arrivedAt: performance.now(), isGone: () => false, onHangUp: () => () => {}, startHandler })

test('a signal that was asked for before the handler runs is the handler\'s, and aborts with it', async () => {
  const callbacks = createCallbacks({ credentials: settings, log, scope: '/', closeGrace: 50 })
  const context = await callbacks.receive(signMessage(settings, textMessage('1')), log)
  const early = context.signal
  let later: AbortSignal | undefined
  const answer = Promise.resolve(callbacks.handle(arrival(context, () => { later = context.signal })))
  answer.catch(() => {})
  expect(later).toBe(early)
  await callbacks.close()
  expect([early.aborted, (early.reason as DOMException).message]).toEqual([true, 'the server closes'])
  await expect(answer).rejects.toMatchObject({ code: 'WECOM_SHUTTING_DOWN' })
})

test('a server that closes puts nothing into its inbox, and asks its store nothing', async () => {
  const put = vi.fn(async () => {})
  const attach = vi.fn()
  const callbacks = createCallbacks({ credentials: settings, log, inbox: { accepts: () => true, put }, store: { attach } })
  const context = await callbacks.receive({ ...signMessage(settings, textMessage('1')), mount: '/elsewhere' }, log)
  await callbacks.close()
  await expect((async () => await callbacks.handle(arrival(context)))()).rejects.toMatchObject({ code: 'WECOM_SHUTTING_DOWN' })
  expect([put.mock.calls.length, attach.mock.calls.length]).toEqual([0, 0])
})
