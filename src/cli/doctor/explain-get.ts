import { CAUSES, fault, type Cause, type Fault, type Findings } from './faults.js'
import { fingerprintFor, hintOf } from './compare.js'
import type { Plan } from './plan.js'
import { OTHER_PADDING, strangeId, strangeSignature, type GetOutcome, type PostOutcome } from './probe.js'
import { firstThat, likelyReceiveIds, likelyTimestamps, likelyTokens } from './search.js'

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
  progress('comparing its answers to requests that are wrong in one point')
  const [forged, forgedToo, strangeKey, foreign] = await Promise.all([
    prober.get({ ...BASE, signature: strangeSignature() }),
    prober.get({ ...BASE, signature: strangeSignature() }),
    prober.get({ ...BASE, strangeKey: true }),
    prober.get({ ...BASE, receiveId: strangeId() })
  ])
  const print = fingerprintFor(forged, forgedToo)
  const same = (other: GetOutcome) => print(valid) === print(other)
  const { wrongToken, wrongKey, wrongReceiveId, clock, handlerFailed } = CAUSES
  // Bots and group robots have no receiveId at all: whoever sets one there has taken it from another scene.
  const likely: Cause[] = scene.bot ? [wrongToken, wrongReceiveId, wrongKey, clock] : [wrongToken, wrongKey, wrongReceiveId, clock]
  let suspects: Cause[]
  if (same(forged)) {
    // What is wrong later would have been answered as a request that is wrong there, where those answers differ at all.
    suspects = same(strangeKey) && same(foreign) ? await askByPost(plan) ?? likely : [wrongToken]
  } else if (same(strangeKey)) {
    suspects = [wrongKey, wrongReceiveId]
  } else if (same(foreign)) {
    suspects = [wrongReceiveId]
  } else {
    suspects = [handlerFailed, wrongReceiveId]
  }
  return { faults: [toFault(byHint(suspects, valid), suspects === likely)], notes: [] }
}

/** A server that says no to every GET in the same words may be more talkative where it handles messages. */
async function askByPost ({ prober, getOnly, progress }: Plan): Promise<Cause[] | undefined> {
  if (getOnly) return undefined
  progress('the same with messages, by POST')
  const [valid, forged, forgedToo, strangeKey, foreign] = await Promise.all([
    prober.post(), prober.post({ signature: strangeSignature() }), prober.post({ signature: strangeSignature() }), prober.post({ strangeKey: true }), prober.post({ receiveId: strangeId() })
  ])
  const print = fingerprintFor(forged, forgedToo)
  const same = (other: PostOutcome) => print(valid) === print(other)
  const { wrongKey, wrongReceiveId, handlerFailed } = CAUSES
  if (same(forged)) return undefined
  if (same(foreign)) return same(strangeKey) ? [wrongKey, wrongReceiveId] : [wrongReceiveId]
  return [{ ...wrongReceiveId, what: 'Messages pass, URL verification does not: for the GET the server expects another receiveId, or its code for the GET is wrong.' }, handlerFailed]
}

/** What the server says itself moves to the front, if it is possible at all. */
function byHint (suspects: readonly Cause[], valid: GetOutcome): Cause[] {
  const codes = { signature: 'wrong-token', key: 'wrong-key', receiveId: 'wrong-receive-id', clock: 'clock' } as const
  const hint = hintOf(valid)
  return hint === undefined ? [...suspects] : suspects.toSorted((a, b) => Number(b.code === codes[hint]) - Number(a.code === codes[hint]))
}

function toFault ([first, ...rest]: Cause[], alike: boolean): Fault {
  const cause = first as Cause
  if (rest.length === 0 || !alike) return fault(cause, rest)
  return fault({ ...cause, what: `${cause.what} (This server answers the same to every refused request, so it cannot be told apart from outside: see the alternatives, and its log.)` }, rest)
}
