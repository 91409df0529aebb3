import Fastify from 'fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { bullmqInbox, createInboxWorker } from '../src/bullmq/index.js'
import { createCallbacks } from '../src/core/index.js'
import { createWecomCrypto } from '../src/wecom-crypto/index.js'
import { wecomCallback } from '../src/express/index.js'
import { memoryStore, wecom } from '../src/index.js'
import { createWecomListener } from '../src/node/index.js'
import { createReceiver } from '../src/receiver/index.js'
import { redisStore } from '../src/redis/index.js'
import { sample, simulateWecom, wecomClient } from '../src/testing/index.js'
import { newSettings } from './support/requests.js'

const credentials = newSettings()
const here = { credentials, url: 'http://127.0.0.1:9' }
/** Nothing listens there. */
const connection = { host: '127.0.0.1', port: 9 }
const queue = { connection, encryptionKey: false as const, onError: () => {} }
const client = () => wecomClient(here)
const wecomOf = () => simulateWecom({ ...here, verify: false, retries: 0 })

/** Everything public that takes an object of options. */
const USES: Record<string, (options: object) => unknown> = {
  'the plugin': async options => { await Fastify().register(wecom, { path: '/cb', credentials, handler: () => '', ...options }) },
  createWecomListener: options => createWecomListener({ credentials, handler: () => '', ...options }),
  wecomCallback: options => wecomCallback({ credentials, ...options }),
  createCallbacks: options => createCallbacks({ credentials, log: console, ...options }),
  credentials: options => createReceiver({ credentials: { ...credentials, ...options } }),
  createReceiver: options => createReceiver({ credentials, ...options }),
  createWecomCrypto: options => createWecomCrypto({ ...credentials, ...options }),
  encryptMessage: options => createWecomCrypto(credentials).encryptMessage('', { format: 'xml', ...options }),
  memoryStore: options => memoryStore(options),
  redisStore: options => redisStore({ client: { defineCommand () {}, duplicate () {} } as never, ...options }),
  bullmqInbox: async options => { await bullmqInbox({ ...queue, ...options }).close() },
  deadLetters: async options => {
    const inbox = bullmqInbox({ ...queue, timeout: 50 })
    onTestFinished(async () => { await inbox.close() })
    await inbox.deadLetters(options)
  },
  createInboxWorker: async options => { await createInboxWorker(() => {}, { ...queue, ...options }).close() },
  wecomClient: options => wecomClient({ ...here, ...options }),
  verify: async options => await client().verify(options),
  send: async options => await client().send(sample('text'), options),
  seal: options => client().seal(sample('text'), options),
  simulateWecom: options => simulateWecom({ ...here, ...options }),
  deliver: async options => await wecomOf().deliver(sample('text'), options),
  deliverAll: async options => await wecomOf().deliverAll([sample('text')], options)
}
const use = (where: string) => USES[where] as (options: object) => unknown

describe('a misspelled option is refused, and what was meant is told', () => {
  test.each<[string, string, string]>([
    ['the plugin', 'resolveTimout', 'resolveTimeout'],
    ['the plugin', 'onlateReply', 'onLateReply'],
    ['createWecomListener', 'handeler', 'handler'],
    ['createWecomListener', 'bodylimit', 'bodyLimit'],
    ['createWecomListener', 'loger', 'logger'],
    ['wecomCallback', 'scop', 'scope'],
    ['wecomCallback', 'onLateErorr', 'onLateError'],
    ['wecomCallback', 'body_timeout', 'bodyTimeout'],
    ['createCallbacks', 'closegrace', 'closeGrace'],
    ['createCallbacks', 'closingTme', 'closingTime'],
    ['createCallbacks', 'onStorError', 'onStoreError'],
    ['credentials', 'emptyAnwser', 'emptyAnswer'],
    ['createReceiver', 'timestampTolerence', 'timestampTolerance'],
    ['createWecomCrypto', 'emptyAnwser', 'emptyAnswer'],
    ['encryptMessage', 'time_stamp', 'timestamp'],
    ['encryptMessage', 'speling', 'spelling'],
    ['memoryStore', 'maxEntrys', 'maxEntries'],
    ['redisStore', 'onstoreError', 'onStoreError'],
    ['bullmqInbox', 'deadletterAge', 'deadLetterAge'],
    ['bullmqInbox', 'encryptionkey', 'encryptionKey'],
    ['deadLetters', 'limt', 'limit'],
    ['createInboxWorker', 'lockDurration', 'lockDuration'],
    ['createInboxWorker', 'concurency', 'concurrency'],
    ['createInboxWorker', 'maxStaledCount', 'maxStalledCount'],
    ['wecomClient', 'timeOut', 'timeout'],
    ['wecomClient', 'header', 'headers'],
    ['verify', 'recieveId', 'receiveId'],
    ['send', 'content_type', 'contentType'],
    ['send', 'signatur', 'signature'],
    ['seal', 'nounce', 'nonce'],
    ['simulateWecom', 'retrydelay', 'retryDelay'],
    ['simulateWecom', 'timescale', 'timeScale'],
    ['deliver', 'fault', 'faults'],
    ['deliverAll', 'fautls', 'faults']
  ])('%s: %s', async (where, wrong, right) => {
    await expect(async () => await use(where)({ [wrong]: 1 })).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message: expect.stringMatching(new RegExp(`${wrong}.*Did you mean ${right}\\?`)) as string })
  })

  test.each(Object.keys(USES))('%s: one that is like none is refused as well', async where => {
    // A credential may come from a row that holds more.
    if (['credentials', 'createWecomCrypto'].includes(where)) return
    await expect(async () => await use(where)({ banana: 1 })).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
  })

  test.each(['simulateWecom', 'deliver', 'deliverAll'])('%s: so is the name of a fault', async where => {
    await expect(async () => await use(where)({ faults: ['dupliate'] })).rejects.toThrow('Did you mean duplicate?')
  })
})

describe('a duration that looks like seconds', () => {
  test.each<[string, string]>([
    ['the plugin', 'deadline'], ['the plugin', 'bodyTimeout'], ['the plugin', 'closeGrace'], ['the plugin', 'resolveTimeout'], ['the plugin', 'timestampTolerance'],
    ['createWecomListener', 'deadline'], ['createWecomListener', 'bodyTimeout'], ['createWecomListener', 'closeGrace'],
    ['createWecomListener', 'resolveTimeout'], ['createWecomListener', 'timestampTolerance'],
    ['wecomCallback', 'deadline'], ['wecomCallback', 'bodyTimeout'], ['wecomCallback', 'closeGrace'],
    ['wecomCallback', 'resolveTimeout'], ['wecomCallback', 'timestampTolerance'],
    ['createCallbacks', 'deadline'], ['createCallbacks', 'closeGrace'], ['createCallbacks', 'resolveTimeout'], ['createCallbacks', 'timestampTolerance'],
    ['createReceiver', 'resolveTimeout'], ['createReceiver', 'timestampTolerance'], ['redisStore', 'lease'],
    ['bullmqInbox', 'timeout'], ['bullmqInbox', 'completedAge'], ['bullmqInbox', 'deadLetterAge'],
    ['createInboxWorker', 'lockDuration'], ['createInboxWorker', 'stalledInterval'],
    ['wecomClient', 'timeout'], ['send', 'timeout'], ['verify', 'timeout'],
    ['simulateWecom', 'timeout'], ['simulateWecom', 'echoTimeout'], ['simulateWecom', 'pollLimit']
  ])('%s: %s is refused, with the unit', async (where, name) => {
    for (const value of [4, 5]) {
      await expect(async () => await use(where)({ [name]: value })).rejects.toMatchObject({
        code: 'WECOM_OPTION_INVALID',
        message: expect.stringMatching(new RegExp(`${name} to be milliseconds, at least \\d+, got ${value}\\. If ${value} seconds were meant, give ${value}000;`)) as string
      })
    }
  })

  test.each<[string, string, number]>([
    ['bullmqInbox', 'backoff', 4], ['bullmqInbox', 'completedAge', 600], ['bullmqInbox', 'deadLetterAge', 600], ['createInboxWorker', 'closeGrace', 10],
    ['simulateWecom', 'retryDelay', 4], ['simulateWecom', 'pollInterval', 5], ['seal', 'pace', 4]
  ])('%s: %s may be short, and is warned about', async (where, name, value) => {
    const warnings: string[] = []
    const listen = ({ message }: Error) => { warnings.push(message) }
    process.on('warning', listen)
    onTestFinished(() => { process.off('warning', listen) })
    await use(where)({ [name]: value })
    await new Promise(resolve => { setImmediate(resolve) })
    expect(warnings).toContain(`${name} is ${value} milliseconds. If ${value} seconds were meant, give ${value * 1_000}.`)
  })

  test.each(['the plugin', 'createWecomListener', 'wecomCallback', 'createCallbacks'])('%s: the life of streams is warned about once', async where => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => { warn.mockRestore() })
    await use(where)({ streamDefaults: { life: 300 } })
    expect(warn.mock.calls.map(([message]) => message)).toEqual(['life of streamDefaults is 300 milliseconds. If 300 seconds were meant, give 300000.'])
  })
})
