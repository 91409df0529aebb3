import { expect, test } from 'vitest'
import { catalogueKeys, replyKindsOf } from '../../src/message/kind.js'
import { acceptedKinds } from '../../src/reply/accepted.js'
import { AIBOT_REPLIES } from '../../src/reply/limits/aibot.js'
import { APP_REPLIES } from '../../src/reply/limits/app.js'
import { GROUPBOT_REPLIES } from '../../src/reply/limits/groupbot.js'

const PRODUCTS = { app: APP_REPLIES, aibot: AIBOT_REPLIES, groupbot: GROUPBOT_REPLIES }
const taking = [...catalogueKeys()].filter(key => replyKindsOf(key)?.length !== 0)

test.each(taking)('every kind of reply that the catalogue lists for %s has its fields and limits', key => {
  const product = /^(aibot|groupbot)\./.exec(key)?.[1] ?? 'app'
  expect(Object.keys(PRODUCTS[product as keyof typeof PRODUCTS])).toEqual(expect.arrayContaining(replyKindsOf(key) as string[]))
})

test('every kind of reply is taken for some kind of message', () => {
  for (const [product, shapes] of Object.entries(PRODUCTS)) {
    const keys = taking.filter(key => product === 'app' ? !/^(aibot|groupbot)\./.test(key) : key.startsWith(product))
    expect(new Set(keys.flatMap(key => replyKindsOf(key) as string[])), product).toEqual(new Set(Object.keys(shapes)))
  }
})

test('what a kind takes that is not known is every reply of its product', () => {
  for (const scene of ['app', 'aibot', 'groupbot'] as const) expect(acceptedKinds({ product: scene, key: 'unknown' })).toEqual(Object.keys(PRODUCTS[scene]))
})
