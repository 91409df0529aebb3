import { contentTypeFault, JSON_TYPES, XML_TYPES } from './content-types.js'
import { CAUSES, fault, type Cause, type Fault, type Findings } from './faults.js'
import { fingerprintFor, saysNumber } from './compare.js'
import { pageAnswer, refused } from './no-callback.js'
import type { Plan } from './plan.js'
import { strangeSignature, type Deviation, type PostOutcome } from './probe.js'
import { isHtml, noAnswer, notReached } from './reached.js'
import { firstThat, likelyReceiveIds, likelyTokens } from './search.js'
import { findStage } from './stage.js'

/** The genuine message was refused, or not answered. */
export async function explainPost (plan: Plan, valid: PostOutcome, verified: boolean): Promise<Findings> {
  const found = noAnswer(valid) ?? wrongDoor(plan, valid, verified)
  // A connection that breaks is the server's doing where the GET came through.
  if (found !== undefined && !(verified && valid.fault?.code === 'broken-off')) {
    return { faults: [fault(found)], notes: [] }
  }
  if (valid.answer === undefined) return await explainSilence(plan, valid)
  if (valid.answer.status > 200 && valid.answer.status < 300) return await explainStatus(plan, valid)
  return { faults: [await findAccepted(plan, valid) ?? await inferPost(plan, valid, verified)], notes: [] }
}

/** The message does not get to the callback's code at all. */
function wrongDoor ({ url }: Plan, valid: PostOutcome, verified: boolean): Cause | undefined {
  const status = valid.answer?.status
  if (status === 415) return undefined
  const reached = notReached(valid, 'POST', url)
  const csrf = status === 403 && /csrf|xsrf|forgery/i.test(valid.answer?.text ?? '')
  if (csrf) {
    return {
      code: 'method',
      what: "POST is refused by the framework's protection against forged forms (CSRF, 403).",
      fix: "Exempt the callback's path (Django: @csrf_exempt; Laravel: $except; Spring Security: " +
        'ignoringRequestMatchers): the signature is what protects it.'
    }
  }
  if (reached?.code === 'not-found' && verified) {
    return {
      code: 'method',
      what: `GET is answered at this path, POST is not (${status ?? ''}). ${reached.what}`,
      fix: 'Add a POST route at the same path, and let the proxy in front pass POST as it does GET.'
    }
  }
  return reached
}

async function explainSilence ({ prober, progress, briefly }: Plan, valid: PostOutcome): Promise<Findings> {
  progress('no answer; trying a forged message')
  const forged = await prober.post({ signature: strangeSignature(), timeout: briefly })
  const broken = valid.fault?.code === 'broken-off'
  const what = broken
    ? 'the server breaks off the connection'
    : `no answer comes within ${Math.round(valid.ms / 100) / 10} s`
  if (forged.answer === undefined) {
    const cause = {
      ...CAUSES.bodyParser,
      what: `GET is answered, but after any POST ${what}: the code probably ` +
        `${broken ? 'fails on a body it does not expect' : 'waits for a body that another parser has already read'}.`
    }
    return { faults: [fault(cause, [broken ? CAUSES.handlerFailed : replySlow(what)])], notes: [] }
  }
  return {
    faults: [
      fault(
        broken
          ? { ...CAUSES.handlerFailed, what: `After a genuine message ${what}; a forged one is refused, rightly.` }
          : replySlow(what)
      )
    ],
    notes: []
  }
}

/** A success that WeCom takes for none. */
async function explainStatus ({ prober }: Plan, valid: PostOutcome): Promise<Findings> {
  const forged = [
    await prober.post({ signature: strangeSignature() }),
    await prober.post({ signature: strangeSignature() })
  ]
  const print = fingerprintFor(forged)
  const status = fault({
    code: 'reply-status',
    what: `A message is answered with status ${valid.answer?.status ?? ''}; WeCom accepts only 200.`,
    fix: 'Answer with 200, and with an empty body if there is no reply.'
  })
  return {
    faults: forged.some(other => print(other) === print(valid)) ? [status, fault(CAUSES.notChecked)] : [status],
    notes: []
  }
}

function replySlow (what: string): Cause {
  return {
    code: 'reply-slow',
    what: `After a text message ${what}; WeCom waits 5 s and then sends it again.`,
    fix: 'Answer at once (an empty 200), work afterwards, and send the result with the message API.'
  }
}

/** Looks for a way of sending it that is accepted: that proves the reason. */
async function findAccepted (
  { prober, scene, env, tryIds, progress }: Plan,
  valid: PostOutcome
): Promise<Fault | undefined> {
  const better = async (deviation: Deviation): Promise<boolean> => {
    const { answer } = await prober.post(deviation)
    return answer?.status === 200 && (valid.answer?.status !== 200 || answer.text !== valid.answer.text)
  }
  // Where even nonsense gets 200, a 200 proves nothing.
  if (await better({ signature: strangeSignature() })) return undefined
  progress('refused; trying other content types')
  const types = [
    'text/plain',
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'application/xml',
    'application/json',
    ...(scene.format === 'xml' ? XML_TYPES : JSON_TYPES)
  ] as const
  const type = await firstThat([...new Set(types)], async contentType => await better({ contentType }))
  if (type !== undefined) {
    return contentTypeFault(
      `A message with the Content-Type ${scene.format === 'xml' ? 'text/xml' : 'application/json'} is refused ` +
        `(${valid.answer?.status ?? ''}), with ${type === false ? 'none' : type} it is accepted.`
    )
  }
  if (valid.answer?.status === 415) {
    return contentTypeFault(
      `Every Content-Type is refused with 415: ${['text/xml', ...types]
        .filter((type, index, all) => all.indexOf(type) === index)
        .map(type => (type === false ? 'none' : type))
        .join(', ')}.`
    )
  }
  progress('trying likely receiveIds')
  const { credentials } = prober
  const receiveId = await firstThat(
    likelyReceiveIds(credentials, env, tryIds).filter(id => id !== credentials.receiveId),
    async receiveId => await better({ receiveId })
  )
  if (receiveId !== undefined) {
    return fault({
      ...CAUSES.wrongReceiveId,
      what: `For messages the server expects the receiveId ${JSON.stringify(receiveId)}: it accepts that one, but ` +
        `not ${JSON.stringify(credentials.receiveId)}.`
    })
  }
  const format = scene.format === 'xml' ? 'json' : 'xml'
  if (!scene.bot && (await better({ format }))) {
    return fault({
      ...CAUSES.bodyParser,
      what: `The server reads envelopes in ${format.toUpperCase()}, but this scene sends ${scene.format.toUpperCase()}.`
    })
  }
  const token = await firstThat(likelyTokens(credentials), async ({ token }) => await better({ token }))
  return token === undefined
    ? undefined
    : fault({ ...CAUSES.wrongToken, what: `For messages the token on the server ${token.how}.` })
}

/** Compares the answer with those to messages that are wrong in one point each. */
async function inferPost ({ prober, scene, progress }: Plan, valid: PostOutcome, verified: boolean): Promise<Fault> {
  progress('comparing its answers to messages that are wrong in one point')
  const [forged, forgedToo, empty, nonsense] = await Promise.all([
    prober.post({ signature: strangeSignature() }),
    prober.post({ signature: strangeSignature() }),
    prober.post({ body: '' }),
    prober.post({ body: scene.format === 'xml' ? '<xml><ToUserName>x</ToUserName></xml>' : '{"tousername":"x"}' })
  ])
  const print = fingerprintFor([forged, forgedToo])
  const contentless = print(valid) === print(empty) || print(valid) === print(nonsense)
  const stage = await findStage(async deviation => await prober.post(deviation))
  const { bodyParser, wrongReceiveId, wrongKey, wrongToken, handlerFailed } = CAUSES
  if (stage === 'id') return fault(wrongReceiveId)
  if (stage === 'key') return fault(wrongKey)
  // The GET has proved the key, not the receiveId of messages.
  if (stage === 'key-or-id') {
    return verified ? fault(wrongReceiveId, [bodyParser, wrongKey]) : fault(wrongKey, [wrongReceiveId, bodyParser])
  }
  const alike = print(valid) === print(forged) && !saysNumber(valid)
  const status = valid.answer?.status ?? 0
  const causes = [
    bodyParser,
    ...(scene.twoIds || !verified ? [wrongReceiveId] : []),
    handlerFailed,
    ...(verified ? [] : [wrongToken])
  ]
  // The callback says no to a GET otherwise: it may be something else that says no to every POST.
  if (alike && status >= 400 && status < 500 && isHtml(valid.answer?.text ?? '')) {
    return pageAnswer(valid, causes, false)
  }
  if (
    alike &&
    (!verified ||
      ((status === 401 || status === 403) &&
        print(await prober.get({ signature: strangeSignature() })) !== print(valid)))
  ) {
    return refused(valid, 'POST', verified ? [BLOCKED, ...causes] : causes)
  }
  // Refused like a message without any content: the content was not looked at.
  if (contentless) return fault(bodyParser, causes.slice(1))
  if (stage === 'beyond') {
    return fault({ ...handlerFailed, what: `${handlerFailed.what} (Status ${valid.answer?.status ?? ''}.)` })
  }
  return refused(valid, 'POST', verified ? [bodyParser, wrongReceiveId, handlerFailed] : [wrongToken, bodyParser])
}

const BLOCKED: Cause = {
  code: 'blocked',
  what: 'Something in front of the POST refuses it: a login, a role check, protection against forged forms (CSRF) or ' +
    'a firewall.',
  fix: 'Exempt the callback\'s path from it, for POST as well: the signature is what protects it.'
}
