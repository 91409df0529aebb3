import { quote } from '../../errors.js'
import { checkCount, checkDuration, checkNames, optionInvalid, suggestName } from '../../support/options.js'
import { FAKE_API_FAULTS, type FakeApiFault, type FakeApiOptions } from './types.js'

/** @throws WecomError WECOM_OPTION_INVALID */
export function checkFakeApiOptions (options: FakeApiOptions): void {
  checkNames('fakeApi', options, ['members', 'tokenLifetime', 'welcomeLifetime', 'pageSize', 'slowBy'])
  const { members, pageSize, ...durations } = options
  if (members !== undefined && !Array.isArray(members)) {
    throw optionInvalid('fakeApi members to be a list of userids', quote(members), 'Leave it out for everybody.')
  }
  if (pageSize !== undefined) checkCount('fakeApi pageSize', pageSize)
  for (const [name, value] of Object.entries(durations)) {
    if (value !== undefined) checkDuration(`fakeApi ${name}`, value)
  }
}

/** @throws WecomError WECOM_OPTION_INVALID */
export function checkFault (fault: FakeApiFault): FakeApiFault {
  if (FAKE_API_FAULTS.includes(fault)) return fault
  const near = typeof fault === 'string' ? suggestName(fault, FAKE_API_FAULTS) : undefined
  throw optionInvalid(
    `a fault to be one of ${FAKE_API_FAULTS.join(', ')}`,
    quote(fault),
    near === undefined ? 'Choose one of them.' : `Did you mean ${near}?`
  )
}
