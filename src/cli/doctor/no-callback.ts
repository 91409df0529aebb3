import type { Alike } from './alike.js'
import { mirrors } from './compare.js'
import { fault, type Cause, type Fault } from './faults.js'
import type { Outcome } from './outcome.js'
import { titleOf } from './reached.js'

// What answers alike to everything: it need not be the callback at all, so no cause is told as a fact.

const LOG = 'Look into the log of the server first, and of what stands in front of it'

/** Status 2xx and one text, whatever is asked. */
export function fixedAnswer (valid: Outcome, method: 'GET' | 'POST', causes: readonly Cause[]): Fault {
  const { status = 0, text = '' } = valid.answer ?? {}
  const came = mirrors(valid)
    ? 'repeats the request, as a debugging server does'
    : text === ''
      ? 'is empty'
      : `is ${quote(text)}`
  return fault(
    {
      code: 'fixed-answer',
      what: `The answer to every request ${came} (status ${status}): to a genuine ${method}, to a forged one and to ` +
        'one without any parameter. There is no sign of a callback at this path.',
      fix: "Compare path and port with those of the callback's route: a health check, a mock, a default route or " +
        `another service may answer here. ${LOG}; if the callback is reached and hides its reasons in this way, see ` +
        'the alternatives.'
    },
    causes
  )
}

/** An HTML page with 4xx; of a GET, at this path as at any other. */
export function pageAnswer (valid: Outcome, causes: readonly Cause[], anywhere = true): Fault {
  const { status = 0, text = '' } = valid.answer ?? {}
  return fault(
    {
      code: 'blocked',
      what: `An HTML page with status ${status}${titleOf(text)} answers ` +
        `${anywhere ? 'every request, even at a path that cannot exist' : 'every POST'}: something in front ` +
        '(firewall, proxy, login, hosting provider) seems to answer, not the callback.',
      fix: `${LOG}: does the request reach the app at all? If not, exempt this path there. If it does, the app ` +
        'refuses with this page, and the alternatives are the usual reasons.'
    },
    causes
  )
}

/** Genuine and forged requests are refused alike. */
export function refused (valid: Outcome, method: 'GET' | 'POST', causes: readonly Cause[], alike?: Alike): Fault {
  const { status = 0, text = '' } = valid.answer ?? {}
  const how = `status ${status}, ${text === '' ? 'empty' : quote(text)}`
  const heedless = alike?.bare === true ? ' and one without any parameter' : ''
  return fault(
    {
      code: 'refused',
      what: `A genuine ${method} is refused in the same way as a forged one${heedless} (${how}). The reason cannot ` +
        `be seen from outside${heedless === '' ? '' : ', nor whether the callback answers at all'}.`,
      fix: `${LOG}: it knows why. The usual reasons are the alternatives, most likely first.`
    },
    causes
  )
}

function quote (text: string): string {
  const short = text.trim().replace(/\s+/g, ' ').slice(0, 60)
  return JSON.stringify(text.trim().length > short.length ? `${short}…` : short)
}
