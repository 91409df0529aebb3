import { CAUSES, fault, type Cause, type Fault, type Findings } from './faults.js'
import { fingerprintFor, hintOf } from './compare.js'
import type { Plan } from './plan.js'
import { strangeId, strangeSignature, type GetOutcome } from './probe.js'
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

async function inferGet ({ prober, scene, progress }: Plan, valid: GetOutcome): Promise<Findings> {
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
    suspects = same(strangeKey) && same(foreign) ? likely : [wrongToken]
  } else if (same(strangeKey)) {
    suspects = [wrongKey, wrongReceiveId]
  } else if (same(foreign)) {
    suspects = [wrongReceiveId]
  } else {
    suspects = [handlerFailed, wrongReceiveId]
  }
  return { faults: [toFault(byHint(suspects, valid), print(forged) === print(strangeKey))], notes: [] }
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
