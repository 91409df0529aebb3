import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as bullmq from '../../src/bullmq/index.js'
import * as crypto from '../../src/wecom-crypto/index.js'
import * as root from '../../src/index.js'
import * as playground from '../../src/playground/index.js'
import * as receiver from '../../src/receiver/index.js'
import * as redis from '../../src/redis/index.js'
import * as testing from '../../src/testing/index.js'

test('the package exports these names and no others', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { exports: object }
  expect(Object.keys(exports)).toEqual(['.', './crypto', './receiver', './redis', './bullmq', './testing', './playground', './package.json'])
  expect({ '.': Object.keys(root).sort(), './crypto': Object.keys(crypto).sort(), './receiver': Object.keys(receiver).sort(), './redis': Object.keys(redis).sort(), './bullmq': Object.keys(bullmq).sort(), './testing': Object.keys(testing).sort(), './playground': Object.keys(playground).sort() }).toMatchInlineSnapshot(`
    {
      ".": [
        "WecomError",
        "counters",
        "createRouter",
        "default",
        "image",
        "memoryStore",
        "news",
        "text",
        "updateButton",
        "video",
        "voice",
        "wecom",
      ],
      "./bullmq": [
        "bullmqInbox",
        "createInboxWorker",
      ],
      "./crypto": [
        "createWecomCrypto",
      ],
      "./playground": [
        "default",
        "playground",
      ],
      "./receiver": [
        "composeReply",
        "createReceiver",
        "createRouter",
        "parseMessage",
      ],
      "./redis": [
        "redisStore",
      ],
      "./testing": [
        "SIMULATED_FAULTS",
        "TransportFault",
        "newCredentials",
        "sample",
        "sampleKeys",
        "simulateWecom",
        "wecomClient",
        "withClock",
      ],
    }
  `)
})
