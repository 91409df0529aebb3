import { expect, test } from 'vitest'
import { answerPolicyOf, replyKindsOf, takesPassiveReply } from '../../src/message/kind.js'
import { samplesOf } from '../../src/message/samples.js'
import type { MessageKey } from '../../src/message/types.js'
import { entries } from './independent.ts'

test.each(entries)('$key is answered as the catalogue says', ({ key, category, replyKinds, sentOnce = false, answerWithinMs }) => {
  const passiveReply = replyKinds.length > 0
  expect(answerPolicyOf(key)).toEqual({ passiveReply, sentOnce, ...(answerWithinMs === undefined ? {} : { answerWithinMs }) })
  expect(replyKindsOf(key)).toEqual(replyKinds)
  expect(takesPassiveReply({ product: category === 'message' || category === 'event' ? 'app' : category, key })).toBe(passiveReply)
})

test('the kinds with a shorter time limit, and those sent once', () => {
  const keys = (holds: (key: string) => unknown) => entries.map(({ key }) => key).filter(holds)
  expect(keys(key => answerPolicyOf(key)?.answerWithinMs === 1000)).toEqual(['info.create_auth', 'info.change_auth', 'info.cancel_auth', 'info.reset_permanent_code',
    'info.device_data_auth_change', 'event.device_checkin_data_report', 'event.device_accesscontrol_data_report', 'event.device_temperature_data_report'].sort(byCatalogue))
  expect(keys(key => answerPolicyOf(key)?.sentOnce)).toEqual(['aibot.event.template_card_event'])
})

test.each(['unknown', 'event', 'event.brand_new', '__proto__', 'constructor', 'event.smart_sheet_change.add_field', ''])('%j is not in the catalogue', key => {
  expect(answerPolicyOf(key)).toBe(undefined)
})

test('what is not known may be answered, notices never', () => {
  expect(takesPassiveReply({ product: 'app', key: 'unknown' })).toBe(true)
  expect(takesPassiveReply({ product: 'aibot', key: 'unknown' })).toBe(true)
  expect(takesPassiveReply({ product: 'info', key: 'unknown' })).toBe(false)
})

test.each(entries)('$key has its samples for the test kit', ({ key, samples }) => {
  expect(samplesOf(key as MessageKey)).toEqual(samples.map(({ xml, json }) => xml ?? JSON.stringify(json)))
})

function byCatalogue (a: string, b: string): number {
  const keys = entries.map(({ key }) => key)
  return keys.indexOf(a) - keys.indexOf(b)
}
