import { CAUSES, fault, type Cause, type Fault, type Findings } from './faults.js'
import { hintOf } from './compare.js'
import type { Plan } from './plan.js'
import { OTHER_PADDING, type GetOutcome } from './probe.js'
import { firstThat, likelyReceiveIds, likelyTimestamps, likelyTokens } from './search.js'
import { findStage } from './stage.js'

/**
 * The callback is there and refuses what WeCom would send. First looks for a request that it accepts, which proves the reason; then infers it
 * from what it answers to requests that are wrong in one known point each.
 */
export async function explainRefusal (plan: Plan, valid: GetOutcome): Promise<Findings> {
  const proof = await findAccepted(plan, valid)
  if (proof !== undefined) return { faults: [proof], notes: [] }
  return await inferGet(plan, valid)
}

/** Without a `+` in the echostr, so that a lost plus does not hide another reason. */
const BASE = { plus: false }

async function findAccepted ({ prober, env, tryIds, progress }: Plan, valid: GetOutcome): Promise<Fault | undefined> {
  const { credentials } = prober
  if ((await prober.get({ ...BASE, echo: OTHER_PADDING })).echo.is !== 'none') return fault(CAUSES.padding)
  progress('refused; trying likely receiveIds')
  const receiveId = await firstThat(likelyReceiveIds(credentials, env, tryIds), async receiveId => (await prober.get({ ...BASE, receiveId })).echo.is !== 'none')
  if (receiveId !== undefined) return fault({ ...CAUSES.wrongReceiveId, what: `The server expects the receiveId ${JSON.stringify(receiveId)}: that one it accepts, but not ${JSON.stringify(credentials.verifyReceiveId ?? credentials.receiveId)}.` })
  progress('trying likely mistakes in the token')
  const token = await firstThat(likelyTokens(credentials), async ({ token }) => (await prober.get({ ...BASE, token })).echo.is !== 'none')
  if (token !== undefined) return fault({ ...CAUSES.wrongToken, what: `The token on the server ${token.how}.`, fix: 'Correct the token on the server.' })
  progress('trying other times')
  const time = await firstThat(likelyTimestamps(Date.now(), valid.answer?.headers.date), async ({ timestamp }) => (await prober.get({ ...BASE, timestamp })).echo.is !== 'none')
  if (time !== undefined) return fault({ ...CAUSES.clock, what: `The server accepts other timestamps than those of now: its clock ${time.how}.` })
  return undefined
}

async function inferGet (plan: Plan, valid: GetOutcome): Promise<Findings> {
  const { prober, scene, progress } = plan
  const { wrongToken, wrongKey, wrongReceiveId, clock, handlerFailed } = CAUSES
  progress('comparing its answers to requests that are wrong in one point')
  const stage = await findStage(async deviation => await prober.get({ ...BASE, ...deviation }))
  // Bots and group robots have no receiveId at all: whoever sets one there has taken it from another scene.
  const likely: Cause[] = scene.bot ? [wrongToken, wrongReceiveId, wrongKey, clock] : [wrongToken, wrongKey, wrongReceiveId, clock]
  const suspects = stage === 'unknown' ? await askByPost(plan) ?? likely : { ...SUSPECTS, beyond: [handlerFailed, wrongReceiveId] }[stage]
  return { faults: [toFault(suspects, valid, suspects === likely)], notes: [] }
}

const SUSPECTS = {
  signature: [CAUSES.wrongToken],
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
  return [{ ...CAUSES.wrongReceiveId, what: 'Messages pass, URL verification does not: for the GET the server expects another receiveId, or its code for the GET is wrong.' }, CAUSES.handlerFailed]
}

/** What the server says itself moves to the front, if it is possible at all. */
function toFault (suspects: readonly Cause[], valid: GetOutcome, alike: boolean): Fault {
  const hint = hintOf(valid)
  const code = hint === undefined ? undefined : HINTED[hint]
  const [cause, ...rest] = suspects.toSorted((a, b) => Number(b.code === code) - Number(a.code === code)) as [Cause, ...Cause[]]
  if (!alike || cause.code === code) return fault(cause, rest)
  return fault({ ...cause, what: `${cause.what} (Requests that are wrong in other points are answered the same, so other causes cannot be ruled out from outside: see the alternatives, and the server's log.)` }, rest)
}

const HINTED = { signature: 'wrong-token', key: 'wrong-key', receiveId: 'wrong-receive-id', clock: 'clock' } as const
