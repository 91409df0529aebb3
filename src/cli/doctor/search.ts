import type { TestCredentials } from '../../testing/credentials.js'
import type { Environment } from '../settings.js'

/** At most so many requests at once: a small server must keep up. */
const AT_ONCE = 4

/** Tries candidates and returns the first, in their order, that passes. */
export async function firstThat<Candidate> (
  candidates: readonly Candidate[],
  passes: (candidate: Candidate) => Promise<boolean>
): Promise<Candidate | undefined> {
  for (let start = 0; start < candidates.length; start += AT_ONCE) {
    const batch = candidates.slice(start, start + AT_ONCE)
    const verdicts = await Promise.all(batch.map(passes))
    const found = batch.find((_candidate, index) => verdicts[index])
    if (found !== undefined) return found
  }
  return undefined
}

/** What a token on a server usually is when it is not the right one, with how to say so. */
export function likelyTokens ({ token, encodingAESKey }: TestCredentials): Array<{ token: string, how: string }> {
  return [
    { token: `${token} `, how: 'has a blank at its end' },
    { token: ` ${token}`, how: 'has a blank at its beginning' },
    { token: `${token}\n`, how: 'has a line break at its end' },
    { token: `${token}\r`, how: 'has a carriage return at its end (a .env file with Windows line ends)' },
    { token: `"${token}"`, how: 'has quotes around it (a .env file read without taking them off)' },
    { token: `'${token}'`, how: 'has quotes around it (a .env file read without taking them off)' },
    { token: encodingAESKey, how: 'is the EncodingAESKey: the two are swapped' },
    { token: '', how: 'is empty: the variable is not set' },
    { token: 'undefined', how: 'is the word "undefined": the variable is not set' },
    { token: 'None', how: 'is the word "None": the variable is not set' },
    { token: token.toLowerCase(), how: 'is in lower case' },
    { token: token.toUpperCase(), how: 'is in upper case' }
  ].filter(
    (candidate, index, all) =>
      candidate.token !== token && all.findIndex(other => other.token === candidate.token) === index
  )
}

/** The receiveIds that a server may expect instead: those given, those of the environment, and the usual mistakes. */
export function likelyReceiveIds (
  { receiveId, verifyReceiveId }: TestCredentials,
  env: Environment,
  more: readonly string[]
): string[] {
  const named = Object.entries(env)
    .filter(
      ([name, value]) =>
        /(^|_)(CORP|SUITE|TEMPLATE|AGENT|BOT|RECEIVE|PROVIDER|APP)_?ID$/i.test(name) &&
        /^[\w-]{1,64}$/.test(value ?? '')
    )
    .map(([, value]) => value as string)
  const candidates = [
    ...more,
    receiveId,
    verifyReceiveId ?? '',
    '',
    ...named.slice(0, 20),
    `${receiveId} `,
    `"${receiveId}"`,
    receiveId.toLowerCase(),
    receiveId.toUpperCase(),
    'undefined',
    'None',
    'wx5823bf96d3bd56c7',
    '1000002'
  ]
  return [...new Set(candidates)]
}

/** Timestamps that pass on a server whose clock, time zone or unit is off, with how to say so. */
export function likelyTimestamps (
  now: number,
  serverDate: string | undefined
): Array<{ timestamp: number, how: string }> {
  const seconds = Math.floor(now / 1000)
  const dated = serverDate === undefined ? NaN : Math.floor(Date.parse(serverDate) / 1000)
  const byHeader =
    Math.abs(dated - seconds) > 30
      ? [{ timestamp: dated, how: `is ${describe(dated - seconds)}, as its Date header says` }]
      : []
  const minutes = [10, 20, 30, 40, 50].map(minutes => minutes * 60)
  const hours = Array.from({ length: 14 }, (_, index) => (index + 1) * 3600)
  // Eight hours first: China's time taken for UTC.
  const offsets = [8 * 3600, ...minutes, ...hours, 86_400].flatMap(offset => [offset, -offset])
  return [
    ...byHeader,
    { timestamp: seconds * 1000, how: 'is compared in milliseconds, while WeCom sends seconds' },
    ...[...new Set(offsets)].map(offset => ({
      timestamp: seconds + offset,
      how: `is about ${describe(offset)} of this machine's`
    }))
  ]
}

function describe (seconds: number): string {
  const abs = Math.abs(seconds)
  const size = abs >= 3600 ? `${Math.round(abs / 360) / 10} h` : `${Math.round(abs / 60)} min`
  return `${size} ${seconds > 0 ? 'ahead' : 'behind'}`
}
