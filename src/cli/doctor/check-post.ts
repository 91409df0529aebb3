import { contentTypeFault, JSON_TYPES, XML_TYPES } from './content-types.js'
import { CAUSES, fault, type Cause, type Fault, type Findings } from './faults.js'
import { fingerprintFor, saysNo } from './compare.js'
import { explainPost } from './explain-post.js'
import { fixedAnswer } from './no-callback.js'
import type { Plan } from './plan.js'
import { strangeSignature, type PostOutcome } from './probe.js'
import { isHtml } from './reached.js'

/** A message, as WeCom sends it. `verified`: whether the GET has shown token and key to be right. */
export async function checkPost (plan: Plan, verified: boolean): Promise<Findings> {
  const { prober, scene, progress } = plan
  progress('sending a text message by POST')
  const valid = await prober.post()
  if (valid.answer === undefined || valid.answer.status !== 200 || valid.answer.cut || isHtml(valid.answer.text)) {
    return await explainPost(plan, valid, verified)
  }
  const forged = [
    await prober.post({ signature: strangeSignature() }),
    await prober.post({ signature: strangeSignature() })
  ] as const
  const print = fingerprintFor(forged)
  const alike = print(valid) === print(forged[0])
  if (looksLikeRefusal(valid)) {
    const refused = await explainPost(plan, valid, verified)
    // Else it is an answer to a message that was understood, if an unhappy one.
    if (refused.faults[0]?.code !== 'handler-failed') return refused
  }
  const silent = valid.reply?.answer === 'empty' || valid.reply?.answer === 'success'
  if (alike && !silent && valid.reply?.answer !== 'reply' && print(await prober.post({ body: '' })) === print(valid)) {
    return {
      faults: [
        fixedAnswer(valid, 'POST', [...(verified ? [] : [CAUSES.wrongToken]), CAUSES.bodyParser, CAUSES.notChecked])
      ],
      notes: []
    }
  }
  const findings: Findings = { faults: judge(plan, valid, alike), notes: [] }
  if (forged[0].reply?.answer === 'reply') findings.faults.push(CAUSES.signatureNotChecked)
  else if (alike) findings.faults.push(CAUSES.notChecked)
  if (valid.reply?.answer === 'empty' && !scene.success) {
    findings.notes.push(
      'The text message got an empty answer, which is right for an app that does not reply. If yours replies to ' +
        'texts, look for the user fastify_wecom_doctor in its log.'
    )
  }
  const types = await checkTypes(plan)
  return { faults: [...findings.faults, ...types.faults], notes: [...findings.notes, ...types.notes] }
}

/** A refusal that comes with status 200, as in the demos of the official libraries. */
function looksLikeRefusal (outcome: PostOutcome): boolean {
  return outcome.reply?.problems[0]?.code === 'not-encrypted' && saysNo(outcome)
}

function judge ({ scene }: Plan, { answer, reply }: PostOutcome, alike: boolean): Fault[] {
  const text = answer?.text ?? ''
  if (scene.success) return text === 'success' ? [] : [fault(notSuccess(text))]
  if (reply === undefined || reply.problems.length === 0) return []
  if (reply.problems.every(({ code }) => code === 'format')) {
    return [
      fault({
        code: 'reply-format',
        what: `The reply is encrypted, but WeCom cannot use it: ${reply.problems.map(({ text }) => text).join(' ')}`,
        fix: 'Compare with the pages on passive replies (90241; bots 101031): Encrypt, MsgSignature, TimeStamp, ' +
          'Nonce around it (bots: encrypt, msgsignature, timestamp, nonce), encrypted with the request\'s receiveId.'
      })
    ]
  }
  const what = `${reply.problems[0]?.text ?? ''} The user sees nothing of it.`
  const clear = fault({
    code: 'reply-not-encrypted',
    what,
    fix: 'Encrypt the reply and wrap it in an envelope, like the request; if there is no reply, answer 200 with an ' +
      'empty body.'
  })
  return [alike && !/MsgType|msgtype/.test(text) ? fault(clear, [CAUSES.bodyParser]) : clear]
}

function notSuccess (text: string): Cause {
  const came = text === '' ? 'nothing' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  const close = text.trim().replace(/^["']|["']$/g, '').toLowerCase() === 'success'
  return {
    code: 'not-success',
    what: `This URL must answer a POST with exactly success; it answered ${came}.`,
    fix: close
      ? 'Lower case, no quotes, no line break, not encrypted, as text/plain.'
      : 'Answer every message on this URL with the seven letters success, as text/plain, not encrypted (in ' +
        "fastify-wecom: emptyAnswer: 'success'), and do the work afterwards."
  }
}

/** The same message once more under other types; a server that notices duplicates runs its handler once. */
async function checkTypes ({ prober, scene, progress }: Plan): Promise<Findings> {
  progress('trying other content types')
  const refused: string[] = []
  const notes: string[] = []
  for (const contentType of scene.format === 'xml' ? XML_TYPES : JSON_TYPES) {
    const { answer } = await prober.post({ contentType })
    if (answer?.status === 200) continue
    const status = answer?.status ?? 'no answer'
    if (contentType === false) {
      notes.push(`A message without a Content-Type is refused (${status}). Accept it: WeCom documents no Content-Type.`)
    } else {
      refused.push(`${contentType} (${status})`)
    }
  }
  const faults =
    refused.length === 0
      ? []
      : [
          contentTypeFault(
            `The Content-Type ${scene.format === 'xml' ? 'text/xml' : 'application/json'} is accepted, others are ` +
              `not: ${refused.join(', ')}.`
          )
        ]
  return { faults, notes }
}
