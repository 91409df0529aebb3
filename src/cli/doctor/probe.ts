import { randomBytes } from 'node:crypto'
import { clientEngine, type ClientEngine } from '../../testing/engine.js'
import type { SendOptions } from '../../testing/client-options.js'
import { newEncodingAESKey, type TestCredentials } from '../../testing/credentials.js'
import { writeMessage } from '../../testing/message-text.js'
import type { WecomReply } from '../../testing/reply.js'
import { TransportFault, type WireAnswer } from '../../testing/transport.js'
import { digits } from '../../testing/wire.js'
import { readEcho, type EchoVerdict } from './echo.js'
import type { Outcome } from './outcome.js'

export interface GetOutcome extends Outcome {
  echo: EchoVerdict
}

export interface PostOutcome extends Outcome {
  reply: WecomReply | undefined
}

/** How a request departs from what WeCom would send. */
export interface Deviation extends Pick<
  SendOptions,
  'timestamp' | 'signature' | 'receiveId' | 'contentType' | 'format'
> {
  token?: string
  /** Encrypted with a key that nobody has. */
  strangeKey?: boolean
  /** Whether the echostr holds a `+`. Default: it does. */
  plus?: boolean
  /** Whether the echostr is of letters and digits alone, so that no encoding of the query changes it. */
  plain?: boolean
  /** GET with these parameters, and nothing else. */
  query?: Record<string, string>
  /** To a path beside the callback's, at which nothing can be. */
  elsewhere?: boolean
  /** The text of the echo. Default: 19 digits. */
  echo?: string
  /** GET without any query. */
  bare?: boolean
  /** POST with this body instead of an envelope. */
  body?: string
  /** Milliseconds. Default: the doctor's. */
  timeout?: number
}

export interface Prober {
  get (deviation?: Deviation): Promise<GetOutcome>
  post (deviation?: Deviation): Promise<PostOutcome>
  readonly credentials: TestCredentials
}

/** Sixteen bytes more than WeCom's: one of the two has padding beyond 16. */
export const OTHER_PADDING = '98765432109876543210987654321098765'

/** A signature that fits nothing. */
export function strangeSignature (): string {
  return randomBytes(20).toString('hex')
}

/** A corpid that nobody has. */
export function strangeId (): string {
  return `ww${randomBytes(8).toString('hex')}`
}

/** Sends requests that depart from WeCom's in one point each. */
export function createProber (
  url: URL,
  credentials: TestCredentials,
  { message, timeout }: { message: object, timeout: number }
): Prober {
  function engineFor ({
    token = credentials.token,
    strangeKey = false,
    elsewhere = false,
    timeout: own = timeout
  }: Deviation): ClientEngine {
    const encodingAESKey = strangeKey ? newEncodingAESKey() : credentials.encodingAESKey
    return clientEngine({
      credentials: { ...credentials, token, encodingAESKey },
      url: elsewhere ? besides(url) : url,
      timeout: own
    })
  }

  /**
   * Ninety-six bytes have no = at their end and, once in sixty times, neither + nor / in them; their padding is beyond
   * 16.
   */
  function sealFitting (engine: ClientEngine, deviation: Deviation): ReturnType<ClientEngine['sealEcho']> {
    const { plus = true, plain = false } = deviation
    const echo = plain
      ? digits(Math.max(1, 52 - Buffer.byteLength(credentials.verifyReceiveId ?? credentials.receiveId)))
      : deviation.echo
    const fits = ({ echostr = '' }) =>
      plain ? /^[A-Za-z0-9]+$/.test(echostr) : echostr.includes('+') === plus && echostr.includes('/')
    let sealed = engine.sealEcho({ ...deviation, ...(echo === undefined ? {} : { echo }) })
    // The 16 random bytes change the whole ciphertext.
    for (let tries = 0; !fits(sealed.query) && tries < 5000; tries++) {
      sealed = engine.sealEcho({ ...deviation, ...(echo === undefined ? {} : { echo }) })
    }
    return sealed
  }

  return {
    credentials,

    async get (deviation = {}) {
      const { bare = false, query: own } = deviation
      const engine = engineFor(deviation)
      const { query, echo } = sealFitting(engine, deviation)
      const outcome = await run(
        [...Object.values(own ?? query), deviation.receiveId ?? '', echo],
        async () => await engine.get((own ?? (bare ? {} : query)) as never)
      )
      return {
        ...outcome,
        echo: readEcho(outcome, {
          echo,
          echostr: query.echostr as string,
          nonce: query.nonce,
          receiveId: deviation.receiveId ?? credentials.verifyReceiveId ?? credentials.receiveId,
          credentials
        })
      }
    },

    async post (deviation = {}) {
      const engine = engineFor(deviation)
      const { request, asked } = engine.seal(writeMessage(message, deviation.format), deviation)
      const body = deviation.body ?? request.body
      const outcome = await run(
        [...Object.values(request.query), deviation.receiveId ?? ''],
        async () => await engine.post({ ...request, body })
      )
      return { ...outcome, reply: outcome.answer === undefined ? undefined : engine.open(outcome.answer, asked) }
    }
  }

  async function run (quoted: string[], send: () => Promise<WireAnswer>): Promise<Outcome> {
    const started = performance.now()
    try {
      const answer = await send()
      return {
        answer: { ...answer, text: answer.body.toString() },
        fault: undefined,
        ms: answer.ms,
        quoted: quoted.filter(text => text.length > 3)
      }
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error
      return { answer: undefined, fault: error, ms: performance.now() - started, quoted }
    }
  }
}

function besides (url: URL): URL {
  const other = new URL(url)
  other.pathname = `${url.pathname.replace(/\/$/, '')}-${randomBytes(6).toString('hex')}`
  return other
}
