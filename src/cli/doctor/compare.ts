import { either } from './either.js'
import type { Outcome } from './outcome.js'

/** Says of two outcomes whether a server did the same: a fingerprint without what changes from request to request. */
export type Fingerprint = (outcome: Outcome) => string

/**
 * Answers to equally forged requests show whether bodies of this server can be compared at all: some hold a request id
 * or a time. If not, the status must do.
 */
export function fingerprintFor (forged: readonly Outcome[]): Fingerprint {
  return new Set(forged.map(exact)).size === 1 ? exact : coarse
}

function exact (outcome: Outcome): string {
  if (outcome.answer === undefined) return coarse(outcome)
  return `${coarse(outcome)} ${normalise(outcome.answer.text, outcome.quoted)}`
}

function coarse ({ answer, fault }: Outcome): string {
  return answer === undefined
    ? `none: ${fault?.code ?? ''}`
    : `${answer.status} ${(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? ''}`
}

/** Short numbers stay, since -40001 and -40005 are the difference. */
function normalise (text: string, quoted: readonly string[]): string {
  const timeless = text.slice(0, 20_000)
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,Z+:]*/g, '·')
    // Whole numbers go before what the request held: its timestamp is the beginning of the same time in milliseconds.
    .replace(/(?<![\w+/-])\d{6,}(\.\d+)?(?![\w+/-])/g, '·')
  return quoted
    .flatMap(value => [value, encodeURIComponent(value)])
    .reduce((rest, value) => rest.replaceAll(value, '·'), timeless)
    .replace(/[A-Za-z0-9+/_-]{24,}={0,2}/g, '·')
    .replace(/\b[0-9a-f]{8,}\b/gi, '·')
    .replace(/\d{6,}/g, '·')
    .slice(0, 4000)
}

const NO = either(
  /err(?!code"?\s*:\s*0\b|msg)|fail|invalid|illegal|exception/i,
  /denied|refused|forbidden|unauthori[sz]ed|-4\d{4}|错误|失败|非法|拒绝/i
)

/** Whether an answer says no in words, whatever its status: the demos of the official libraries do so with 200. */
export function saysNo ({ answer, quoted }: Outcome): boolean {
  // What the request held is noise, in which `err` stands by chance.
  const text = quoted
    .reduce((rest, value) => rest.replaceAll(value, ''), answer?.text.slice(0, 2000) ?? '')
    .slice(0, 500)
  return NO.test(text)
}

/** Whether an answer repeats what it was asked, as a debugging server does. */
export function mirrors ({ answer, quoted }: Outcome): boolean {
  return quoted.filter(value => value.length >= 10 && answer?.text.includes(value)).length >= 2
}

/** Whether an answer holds a number of the official libraries: nothing but a callback says it. */
export function saysNumber ({ answer }: Outcome): boolean {
  return /-400(0[1-9]|1[01])\b/.test(answer?.text.slice(0, 20_000) ?? '')
}

/**
 * Which check an error text speaks of, by the numbers of the official libraries or in words; `undefined` where it says
 * nothing, or several things.
 */
export function hintOf ({ answer }: Outcome): 'signature' | 'key' | 'receiveId' | 'clock' | undefined {
  const text = answer?.text.slice(0, 20_000) ?? ''
  const hints = HINTS.filter(([, pattern]) => pattern.test(text)).map(([hint]) => hint)
  return hints.length === 1 ? hints[0] : undefined
}

const HINTS = [
  ['signature', /-?40001\b|signature|签名/i],
  ['key', /-?4000[478]\b|-?40010\b|decrypt|padding|bad.?decrypt|解密/i],
  ['receiveId', /-?40005\b|corp.?id|app.?id|receive.?id|suite.?id/i],
  ['clock', /timestamp|expired|too old|时间戳|过期/i]
] as const
