import { createHash } from 'node:crypto'
import { findAlike, type Alike } from './alike.js'
import { hintOf, mirrors, saysNo, saysNumber } from './compare.js'
import { CAUSES, fault, type Cause, type Fault, type Findings } from './faults.js'
import { fixedAnswer, pageAnswer, refused } from './no-callback.js'
import type { Plan } from './plan.js'
import { OTHER_PADDING, type GetOutcome } from './probe.js'
import { isHtml } from './reached.js'
import { firstThat, likelyReceiveIds, likelyTimestamps, likelyTokens } from './search.js'
import { findStage } from './stage.js'

/**
 * The callback is there and refuses what WeCom would send. First looks for a request that it accepts, which proves the
 * reason; then infers it from what it answers to requests that are wrong in one known point each.
 */
export async function explainRefusal (
  plan: Plan,
  valid: GetOutcome
): Promise<Findings & { state: 'refused' | 'elsewhere' }> {
  const { prober, scene } = plan
  const refuses = (cause: Fault) => ({ state: 'refused' as const, faults: [cause], notes: [] })
  const proof = await findAccepted(plan, valid)
  if (proof !== undefined) return refuses(proof)
  const alike = await findAlike(prober, valid)
  const status = valid.answer?.status ?? 0
  // Nothing shows that a parameter was looked at: this need not be the callback at all, and nothing about it can be
  // told as a fact.
  const heedless = alike.forged && alike.bare && !saysNumber(valid)
  if (status >= 200 && status < 300 && (mirrors(valid) || (heedless && !saysNo(valid)))) {
    return { state: 'elsewhere', faults: [fixedAnswer(valid, 'GET', likely(scene.bot))], notes: [] }
  }
  if (heedless && status >= 400 && status < 500 && isHtml(valid.answer?.text ?? '') && alike.elsewhere) {
    return refuses(pageAnswer(valid, likely(scene.bot)))
  }
  return refuses(await inferGet(plan, valid, alike))
}

/** Bots and group robots have no receiveId at all: whoever sets one there has taken it from another scene. */
function likely (bot: boolean): Cause[] {
  const { wrongToken, wrongKey, wrongReceiveId, clock } = CAUSES
  return bot ? [wrongToken, wrongReceiveId, wrongKey, clock] : [wrongToken, wrongKey, wrongReceiveId, clock]
}

/** Without a `+` in the echostr, so that a lost plus does not hide another reason. */
const BASE = { plus: false }

async function findAccepted ({ prober, env, tryIds, progress }: Plan, valid: GetOutcome): Promise<Fault | undefined> {
  const { credentials } = prober
  if ((await prober.get({ plain: true })).echo.is !== 'none') return fault(CAUSES.queryEncoding)
  if ((await prober.get({ query: plainQuery(credentials.token) })).answer?.text === PLAIN_ECHO) {
    return fault(CAUSES.plainMode)
  }
  if ((await prober.get({ ...BASE, echo: OTHER_PADDING })).echo.is !== 'none') return fault(CAUSES.padding)
  progress('refused; trying likely receiveIds')
  const receiveId = await firstThat(
    likelyReceiveIds(credentials, env, tryIds),
    async receiveId => (await prober.get({ ...BASE, receiveId })).echo.is !== 'none'
  )
  if (receiveId !== undefined) {
    return fault({
      ...CAUSES.wrongReceiveId,
      what: `The server expects the receiveId ${JSON.stringify(receiveId)}: it accepts that one, but not ` +
        `${JSON.stringify(credentials.verifyReceiveId ?? credentials.receiveId)}.`
    })
  }
  progress('trying likely mistakes in the token')
  const token = await firstThat(
    likelyTokens(credentials),
    async ({ token }) => (await prober.get({ ...BASE, token })).echo.is !== 'none'
  )
  if (token !== undefined) {
    return fault({
      ...CAUSES.wrongToken,
      what: `The token on the server ${token.how}.`,
      fix: 'Correct the token on the server.'
    })
  }
  progress('trying other times')
  const time = await firstThat(
    likelyTimestamps(Date.now(), valid.answer?.headers.date),
    async ({ timestamp }) => (await prober.get({ ...BASE, timestamp })).echo.is !== 'none'
  )
  if (time !== undefined) {
    return fault({
      ...CAUSES.clock,
      what: `The server accepts timestamps other than the current time: its clock ${time.how}.`
    })
  }
  return undefined
}

/** What the plain-text mode of an official account sends: the echo as it is, and a signature that does not cover it. */
function plainQuery (token: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = '1372623149'
  return {
    signature: createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex'),
    timestamp,
    nonce,
    echostr: PLAIN_ECHO
  }
}

const PLAIN_ECHO = '4375120948345356249'

async function inferGet (plan: Plan, valid: GetOutcome, alike: Alike): Promise<Fault> {
  const { prober, scene, progress } = plan
  progress('comparing its answers to requests that are wrong in one point')
  const stage = await findStage(async deviation => await prober.get({ ...BASE, ...deviation }))
  if (stage === 'key' || stage === 'key-or-id' || stage === 'id') return toFault(SUSPECTS[stage], valid)
  if (stage === 'beyond') return toFault([CAUSES.handlerFailed, CAUSES.wrongReceiveId], valid)
  const told = stage === 'unknown' ? await askByPost(plan) : undefined
  if (told !== undefined) return toFault(told, valid)
  const failing = (valid.answer?.status ?? 0) >= 500
  const suspects = [
    ...(failing ? [CAUSES.handlerFailed] : []),
    ...likely(scene.bot),
    ...(stage === 'signature' ? [CAUSES.signatureNotChecked] : [])
  ]
  // The server itself names the check, in words that nothing but a callback has, or not to everybody.
  const hint = hintOf(valid)
  if (hint !== undefined && (saysNumber(valid) || !alike.bare)) return toFault(suspects, valid)
  return refused(valid, 'GET', suspects, alike)
}

const SUSPECTS = {
  key: [CAUSES.wrongKey],
  'key-or-id': [CAUSES.wrongKey, CAUSES.wrongReceiveId],
  id: [CAUSES.wrongReceiveId]
}

/** A server that says no to every GET in the same words may be more talkative where it handles messages. */
async function askByPost ({ prober, getOnly, progress }: Plan): Promise<Cause[] | undefined> {
  if (getOnly) return undefined
  progress('the same with messages, by POST')
  const stage = await findStage(async deviation => await prober.post(deviation))
  if (stage === 'unknown' || stage === 'signature') return undefined
  if (stage !== 'beyond') return SUSPECTS[stage]
  return [
    {
      ...CAUSES.wrongReceiveId,
      what: 'Messages pass, URL verification does not: for the GET the server expects another receiveId, or its code ' +
        'for the GET is wrong.'
    },
    CAUSES.handlerFailed
  ]
}

/** What the server says itself moves to the front, if it is possible at all. */
function toFault (suspects: readonly Cause[], valid: GetOutcome): Fault {
  const hint = hintOf(valid)
  const code = hint === undefined ? undefined : HINTED[hint]
  const [cause, ...rest] = suspects.toSorted((a, b) => Number(b.code === code) - Number(a.code === code)) as [
    Cause,
    ...Cause[]
  ]
  return fault(cause, rest)
}

const HINTED = { signature: 'wrong-token', key: 'wrong-key', receiveId: 'wrong-receive-id', clock: 'clock' } as const
