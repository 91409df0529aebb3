import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as api from '../../src/api/index.js'
import * as bullmq from '../../src/bullmq/index.js'
import * as core from '../../src/core/index.js'
import * as crypto from '../../src/wecom-crypto/index.js'
import * as express from '../../src/express/index.js'
import * as root from '../../src/index.js'
import * as node from '../../src/node/index.js'
import * as playground from '../../src/playground/index.js'
import * as receiver from '../../src/receiver/index.js'
import * as redis from '../../src/redis/index.js'
import * as testing from '../../src/testing/index.js'

test('the package exports these names and no others', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { exports: object }
  expect(Object.keys(exports)).toEqual(['.', './node', './express', './core', './crypto', './receiver', './redis', './bullmq', './api', './testing', './playground', './package.json'])
  expect({ '.': Object.keys(root).sort(), './node': Object.keys(node).sort(), './express': Object.keys(express).sort(), './core': Object.keys(core).sort(), './crypto': Object.keys(crypto).sort(), './receiver': Object.keys(receiver).sort(), './redis': Object.keys(redis).sort(), './bullmq': Object.keys(bullmq).sort(), './api': Object.keys(api).sort(), './testing': Object.keys(testing).sort(), './playground': Object.keys(playground).sort() }).toMatchInlineSnapshot(`
    {
      ".": [
        "WecomError",
        "conversationKey",
        "counters",
        "createRouter",
        "default",
        "image",
        "mediaOf",
        "memoryStore",
        "memoryStreams",
        "news",
        "openMedia",
        "promptOf",
        "stream",
        "text",
        "updateButton",
        "video",
        "voice",
        "wecom",
      ],
      "./api": [
        "WecomApiError",
        "createWecomApi",
      ],
      "./bullmq": [
        "bullmqInbox",
        "createInboxWorker",
      ],
      "./core": [
        "WecomError",
        "conversationKey",
        "counters",
        "createCallbacks",
        "createRouter",
        "image",
        "logFields",
        "mediaOf",
        "memoryStore",
        "memoryStreams",
        "news",
        "openMedia",
        "promptOf",
        "runHandler",
        "stream",
        "text",
        "updateButton",
        "video",
        "voice",
      ],
      "./crypto": [
        "createWecomCrypto",
      ],
      "./express": [
        "WecomError",
        "conversationKey",
        "counters",
        "createRouter",
        "image",
        "mediaOf",
        "memoryStore",
        "memoryStreams",
        "news",
        "openMedia",
        "promptOf",
        "stream",
        "text",
        "updateButton",
        "video",
        "voice",
        "wecomCallback",
      ],
      "./node": [
        "WecomError",
        "conversationKey",
        "counters",
        "createRouter",
        "createWecomListener",
        "image",
        "mediaOf",
        "memoryStore",
        "memoryStreams",
        "news",
        "openMedia",
        "promptOf",
        "stream",
        "text",
        "updateButton",
        "video",
        "voice",
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
        "redisStreams",
        "redisTokens",
      ],
      "./testing": [
        "FAKE_API_FAULTS",
        "MEDIA_FAULTS",
        "RESPOND_FAULTS",
        "SIMULATED_FAULTS",
        "TransportFault",
        "fakeApi",
        "fakeMedia",
        "fakeModel",
        "fakeRespond",
        "newCredentials",
        "sample",
        "sampleKeys",
        "sealMedia",
        "simulateWecom",
        "wecomClient",
        "withClock",
      ],
    }
  `)
})
