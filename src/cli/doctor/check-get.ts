import { CAUSES, fault, type Cause, type Findings } from './faults.js'
import { explainRefusal } from './explain-get.js'
import type { Plan } from './plan.js'
import { OTHER_PADDING, strangeId, strangeSignature, type GetOutcome } from './probe.js'
import { noAnswer, notReached } from './reached.js'

export interface GetFindings extends Findings {
  /**
   * `verified`: token, key and receiveId are right; `refused`: one of them is not, so there is nothing to learn from a
   * POST; `elsewhere`: the GET proves nothing, or never got to the callback, a POST may; `silent`: nothing there at
   * all.
   */
  state: 'verified' | 'refused' | 'elsewhere' | 'silent'
}

/** Milliseconds that WeCom waits for the echo (page 90968). */
const ECHO_LIMIT = 1000

/** URL verification, as the console does it. */
export async function checkGet (plan: Plan): Promise<GetFindings> {
  const { prober, url, progress } = plan
  progress('verifying the URL by GET')
  const valid = await prober.get()
  const silent = noAnswer(valid)
  if (silent !== undefined) return { state: 'silent', faults: [silent], notes: [] }
  if (valid.answer === undefined) return await explainSilence(plan, valid)
  if (valid.echo.is !== 'none') return await afterEcho(plan, valid)
  // The echo of a refused `+` is asked first: a 404 or an HTML page may be how this server refuses.
  if ((await prober.get({ plus: false })).echo.is !== 'none') {
    return { state: 'verified', faults: [plusLost()], notes: [] }
  }
  const elsewhere = notReached(valid, 'GET', url)
  if (elsewhere !== undefined) return { state: 'elsewhere', faults: [elsewhere], notes: [] }
  return await explainRefusal(plan, valid)
}

/** The echo came: in time, bare, and only to a genuine request? */
async function afterEcho ({ prober, progress }: Plan, valid: GetOutcome): Promise<GetFindings> {
  const findings: GetFindings = { state: 'verified', faults: [], notes: [] }
  if (valid.echo.is === 'wrapped') findings.faults.push(echoWrapped(valid))
  progress('trying a forged signature and a foreign receiveId')
  const [forged, foreign, padded] = await Promise.all([
    prober.get({ signature: strangeSignature() }),
    prober.get({ receiveId: strangeId() }),
    prober.get({ echo: OTHER_PADDING })
  ])
  if (padded.answer !== undefined && padded.echo.is === 'none') findings.faults.push(CAUSES.padding)
  if (forged.echo.is !== 'none') findings.faults.push(CAUSES.signatureNotChecked)
  if (foreign.echo.is !== 'none') {
    findings.notes.push(
      'The server does not check the receiveId. That is harmless if this key serves one app only. If several tenants ' +
        'share the key, nothing else separates them.'
    )
  }
  if (valid.ms > ECHO_LIMIT) {
    const again = await prober.get()
    findings.faults.push(
      echoSlow(
        `The echo came after ${Math.round(valid.ms)} ` +
          `ms${again.ms > ECHO_LIMIT ? '' : ` the first time, ${Math.round(again.ms)} ms the second`}; WeCom waits ` +
          `${ECHO_LIMIT} ms.`
      )
    )
  }
  // Where nothing is decrypted, or nothing checked, an echo proves neither key nor token.
  return valid.echo.undecrypted === true || forged.echo.is !== 'none' ? { ...findings, state: 'elsewhere' } : findings
}

/** Connected, but no whole answer: is it this request, or all of them? */
async function explainSilence (
  { prober, progress, briefly }: Plan,
  { fault: cause, ms }: GetOutcome
): Promise<GetFindings> {
  progress('no answer; trying a request without parameters')
  const bare = await prober.get({ bare: true, timeout: briefly })
  const broken = cause?.code === 'broken-off'
  const seconds = `${Math.round(ms / 100) / 10} s`
  if (bare.answer !== undefined && !broken) {
    return {
      state: 'refused',
      faults: [
        echoSlow(`No echo within ${seconds}, though other requests are answered; WeCom waits ${ECHO_LIMIT} ms.`)
      ],
      notes: []
    }
  }
  return {
    state: 'silent',
    notes: [],
    faults: [
      fault(
        {
          code: 'unreachable',
          what: broken
            ? `${cause.message}.`
            : `The connection opens, but no request is answered within ${seconds}.`,
          fix: 'Check the port (does another service listen there?), whether the server hangs (a debugger, a ' +
            'deadlock, a full pool), and what the proxy or tunnel in front is connected to.'
        },
        broken ? [] : [echoSlow(`The handler may take longer than ${seconds}.`)]
      )
    ]
  }
}

function echoWrapped ({ echo }: GetOutcome): Cause {
  return {
    code: 'echo-wrapped',
    what: `The decrypted echo comes back ${echo.how}; WeCom wants exactly the text, byte for byte.`,
    fix: echo.fix
  }
}

function echoSlow (what: string): Cause {
  return {
    code: 'echo-slow',
    what,
    fix: 'Answer the GET from memory: no database or API call, no cold start (keep an instance warm), a server near ' +
      "to WeCom's."
  }
}

function plusLost (): Cause {
  return {
    code: 'plus-lost',
    what: 'An echostr without + is accepted, one with + is not: the + of base64 becomes a blank on the way.',
    fix: 'Decode the query once only (the framework has done so already: no second urldecode), or turn blanks in ' +
      'echostr back into +; a proxy must pass %2B as it is.'
  }
}
