import { expect, test } from 'vitest'
import { unknownField } from '../../src/cli/simulate/known-fields.js'
import { sample } from '../../src/testing/index.js'

test.each([
  ['event.click', 'MsgId=1'], ['text', 'Event=x'], ['location', 'AppType=wxwork'], ['aibot.text', 'quote.msgtype=text'], ['groupbot.text', 'From.Alias=a']
] as const)('a field that %s may have though its sample has not is known: --set %s', (key, assignment) => {
  expect(unknownField({ ...sample(key) }, assignment)).toBe(undefined)
})

test('a field that is nearly one of the kind is told with the one that may be meant', () => {
  expect(unknownField({ ...sample('groupbot.text') }, 'From.Alais=a')).toContain('groupbot.text has no field From.Alais. Did you mean From.Alias?')
})
