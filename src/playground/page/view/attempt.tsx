import { duration } from '../format.js'
import { text, textIfAny, type Language } from '../i18n.js'
import { update, type AttemptRecord, type PlayRecord } from '../state.js'
import type { AttemptView, Seen, Start } from '../../protocol.js'
import { Fragment, h } from '../vendor/preact.js'
import { Code } from './code.js'
import { explain } from './explain.js'
import { Log } from './log.js'
import { tone } from './tone.js'

/** From the first request to the last answer or end of a handler, milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

interface Props {
  language: Language
  start: Start
  play: PlayRecord
  record: AttemptRecord
  /** Requests of the same message that started a handler. */
  before: Seen[]
  span: Span | undefined
  open: boolean
}

/**
 * One request: a line with its place in time, and, where it is open, the way of the data from the envelope to the
 * answer.
 */
export function Attempt ({ language, start, play, record, before, span, open }: Props) {
  const { attempt } = record
  const seen = play.seen.get(record.seen ?? -1)
  const forged = attempt.fault === 'wrong-signature'
  const name = forged
    ? text(language, 'forged')
    : attempt.purpose === 'poll'
      ? text(language, 'poll', { number: attempt.number })
      : attempt.purpose === 'verify'
        ? 'GET'
        : text(language, 'attempt', { number: attempt.number })
  // That a forgery is refused is no fault of the app's.
  const colour = forged ? (attempt.outcome === 'refused' ? 'good' : 'bad') : tone(attempt.outcome)
  return (
    <li>
      <details
        open={open} class='attempt' data-outcome={attempt.outcome}
        onToggle={({ currentTarget }) => {
          if (currentTarget.open !== open) {
            update(({ unfolded }) => { unfolded.set(record, currentTarget.open) })
          }
        }}
      >
        <summary>
          <span class='name'>
            {name}{' '}
            {attempt.fault !== undefined && !forged && (
              <span class='chip'>{textIfAny(language, `fault.${attempt.fault}`)}</span>
            )}
          </span>
          {span === undefined ? <span /> : <Bar attempt={attempt} seen={seen} span={span} colour={colour} />}
          <span class={`badge ${colour}`}>{textIfAny(language, `outcome.${attempt.outcome}`)}</span>
          <span class='status-code'>{attempt.response?.status ?? '–'}</span>
          <span class='time'>{duration(attempt.ms)}</span>
        </summary>
        {open && <Inside language={language} start={start} play={play} attempt={attempt} seen={seen} before={before} />}
      </details>
    </li>
  )
}

/** Made only where it is looked at: the texts of hundreds of requests would make the page slow. */
function Inside ({
  language, start, play, attempt, seen, before
}: Pick<Props, 'language' | 'start' | 'play' | 'before'> & { attempt: AttemptView, seen: Seen | undefined }) {
  return (
    <>
      {explain(language, attempt, seen, before, play.patience).map(([tone, line]) => (
        <p key={line} class={`callout ${tone}`}>
          {line}
        </p>
      ))}
      {attempt.fix !== undefined && seen?.context === undefined && <p class='callout'>{attempt.fix}</p>}
      {attempt.reply?.problems
        .filter(({ code }) => code !== 'status')
        .map(problem => (
          <p key={problem.text} class='callout warn'>
            {problem.text}
          </p>
        ))}
      {seen !== undefined && seen.log.length > 0 && <Log language={language} start={start} lines={seen.log} />}
      <Steps language={language} start={start} attempt={attempt} seen={seen} />
    </>
  )
}

function Steps ({
  language,
  start,
  attempt,
  seen
}: {
  language: Language
  start: Start
  attempt: AttemptView
  seen: Seen | undefined
}) {
  const { request, response, reply } = attempt
  const query = new URLSearchParams(request.query).toString()
  const head = [
    `${request.method} ${start.target}?${query}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
  ].join('\n')
  const get = attempt.purpose === 'verify'
  return (
    <div class='steps'>
      {seen?.context !== undefined && (
        <Code
          language={language}
          title={text(language, 'step3')}
          note={seen.context.kind}
          value={JSON.stringify(seen.context.message)}
        />
      )}
      {reply !== undefined && reply.plaintext !== '' && (
        <Code language={language} title={text(language, 'step4')} note={reply.kind} value={reply.plaintext} />
      )}
      <Code language={language} title={text(language, get ? 'step2get' : 'step2')} value={request.plaintext} />
      <Code
        language={language}
        title={text(language, get ? 'step1get' : 'step1')}
        note={get ? undefined : request.body.startsWith('{') ? 'JSON' : 'XML'}
        value={request.body === '' ? head : `${head}\n\n${request.body}`}
        raw
      />
      {response === undefined
        ? (
          <section class='code'>
            <header>
              <h4>{text(language, 'step5')}</h4>
            </header>
            <p class='faint'>{text(language, 'noAnswer')}</p>
          </section>
          )
        : (
          <Code
            language={language}
            title={text(language, 'step5')}
            note={String(response.status)}
            value={`${Object.entries(response.headers)
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n')}\n\n${response.body === '' ? text(language, 'emptyBody') : response.body}`}
            raw
          />
          )}
    </div>
  )
}

/** Where on the axis of its message a request lies, and the handler that it started. */
function Bar ({
  attempt,
  seen,
  span,
  colour
}: {
  attempt: AttemptView
  seen: Seen | undefined
  span: Span
  colour: string
}) {
  const share = (time: number) => `${Math.min(100, Math.max(0, ((time - span.from) / (span.to - span.from)) * 100))}%`
  const width = (ms: number) => `${Math.max(1, (ms / (span.to - span.from)) * 100)}%`
  const { handling } = seen ?? {}
  return (
    <span class='bar' aria-hidden='true'>
      <i class={colour} style={{ left: share(attempt.at), width: width(attempt.ms) }} />
      {handling !== undefined && (
        <i
          class='handler'
          style={{
            left: share(handling.startedAt),
            width: handling.ms === undefined ? `calc(100% - ${share(handling.startedAt)})` : width(handling.ms)
          }}
        />
      )}
    </span>
  )
}
