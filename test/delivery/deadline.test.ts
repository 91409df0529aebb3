import { expect, test } from 'vitest'
import { deadlineOf } from '../../src/core/handling.js'
import { answerPolicyOf, type Answering } from '../../src/message/kind.js'

const passive: Answering = { passiveReply: true, sentOnce: false }
const silent: Answering = { passiveReply: false, sentOnce: false }

test.each<[string, Answering | undefined, boolean, number | undefined]>([
  ['a reply that a retry may collect is held back', passive, false, undefined],
  ['unless a hook takes late replies', passive, true, 4_500],
  ['or WeCom does not retry', { ...passive, sentOnce: true }, false, 4_500],
  ['a kind without a reply is acknowledged', silent, false, 4_500],
  ['a kind that is not known is acknowledged', undefined, false, 4_500],
  ['a kind that WeCom gives a second is acknowledged with room for the way back', { ...silent, answerWithinMs: 1_000 }, false, 900],
  ['as it is where its reply goes another way', { ...passive, answerWithinMs: 1_000 }, true, 900],
  ['a reply that is held back is so in that second as well', { ...passive, answerWithinMs: 1_000 }, false, undefined]
])('%s', (_name, kind, takesLateReplies, expected) => {
  expect(deadlineOf(kind, 4_500, takesLateReplies)).toBe(expected)
})

test('a deadline that is shorter than what WeCom gives stands', () => {
  expect(deadlineOf({ ...silent, answerWithinMs: 1_000 }, 500, false)).toBe(500)
})

test('a notice of a suite\'s authorization, which WeCom waits a second for, is answered 100 ms before', () => {
  expect(deadlineOf(answerPolicyOf('info.create_auth'), 4_500, false)).toBe(900)
})
