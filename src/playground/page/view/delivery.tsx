import { duration } from '../format.js'
import { text, textIfAny, type Language } from '../i18n.js'
import { titleOf } from '../names.js'
import { backToChat } from '../navigate.js'
import type { AttemptRecord, MessageRecord, PlayRecord, State } from '../state.js'
import type { Seen, Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'
import { Attempt, type Span } from './attempt.js'
import { tone } from './tone.js'

interface Shared {
  language: Language
  start: Start
  unfolded: State['unfolded']
  play: PlayRecord
  open: boolean
}

/** One message: its attempts on one axis of time, each with all that is known of it. */
export function Delivery ({
  language, start, unfolded, play, index, open, isSelected
}: Shared & { index: number, isSelected: boolean }) {
  const message = play.messages[index] as MessageRecord
  const records = play.attempts.filter(({ message }) => message === index)
  const tries = records.filter(({ attempt }) => attempt.purpose === 'message')
  const polls = records.filter(({ attempt }) => attempt.purpose === 'poll')
  const seen = seenOf(play, records)
  // Each poll of a stream is a message of its own: the handler ran for it, and not again for this one.
  const handlings = seenOf(play, tries).filter(({ handling }) => handling !== undefined)
  const span = spanOf(tries, seen)
  // What is looked at first: the forgery, which was asked for, else the attempt that settled it.
  const chosen =
    tries.find(({ attempt }) => attempt.fault === 'wrong-signature') ??
    tries.findLast(({ attempt }) => attempt.fault !== 'duplicate' && attempt.fault !== 'replay') ??
    tries.at(-1)
  const outcome = message.outcome ?? 'running'
  return (
    <article
      class='delivery'
      aria-label={titleOf(start, message.kind, language)}
      data-selected={isSelected}
      tabIndex={isSelected ? -1 : undefined}
      onKeyDown={event => { if (event.key === 'Escape') backToChat(play, index) }}
    >
      <header>
        <h3>{titleOf(start, message.kind, language)}</h3>
        <code>{message.kind}</code>
        <span class={`badge ${tone(outcome)}`}>
          {textIfAny(language, `outcome.${outcome}`) ?? text(language, 'running')}
        </span>
        <p class='facts'>
          <span>{text(language, tries.length === 1 ? 'attempts1' : 'attempts', { count: tries.length })}</span>
          <strong class={handlings.length > 1 ? 'warn' : ''}>
            {text(language, handlings.length === 0 ? 'handled0' : handlings.length === 1 ? 'handled1' : 'handled', {
              count: handlings.length
            })}
          </strong>
          {handlings[0]?.handling?.ms !== undefined && (
            <span>{text(language, 'handlerTime', { time: duration(handlings[0].handling.ms) })}</span>
          )}
          {message.outcome !== undefined && tries.length > 0 && (
            <span>{text(language, 'total', { time: duration(totalOf(tries)) })}</span>
          )}
          {polls.length > 0 && <span>{text(language, 'polls', { count: polls.length })}</span>}
        </p>
      </header>
      {[...new Set(message.problems)]
        .filter(problem => !SAID_ALREADY.test(problem))
        .map(problem => (
          <p key={problem} class='callout warn'>
            {problem}
          </p>
        ))}
      <ol class='attempts'>
        {tries.map(record => (
          <Attempt
            key={tries.indexOf(record)}
            language={language}
            start={start}
            play={play}
            record={record}
            before={handlings}
            span={span}
            open={unfolded.get(record) ?? (open && record === chosen)}
          />
        ))}
        {polls.map(record => (
          <Attempt
            key={`p${polls.indexOf(record)}`}
            language={language}
            start={start}
            play={play}
            record={record}
            before={handlings}
            span={undefined}
            open={unfolded.get(record) ?? false}
          />
        ))}
      </ol>
    </article>
  )
}

/** What the outcome says as well. */
const SAID_ALREADY = /^(WeCom gave up|The URL was not verified)/

/** Saving the URL in WeCom's console; happens before the first message. */
export function Verification ({ language, start, unfolded, play, open }: Shared) {
  const record = play.attempts.find(({ attempt }) => attempt.purpose === 'verify')
  if (record === undefined) return null
  const { outcome } = record.attempt
  return (
    <article class='delivery' aria-label={text(language, 'verification')}>
      <header>
        <h3>{text(language, 'verification')}</h3>
        <code>GET {start.target}</code>
        <span class={`badge ${tone(outcome)}`}>{textIfAny(language, `outcome.${outcome}`)}</span>
      </header>
      <ol class='attempts'>
        <Attempt
          language={language}
          start={start}
          play={play}
          record={record}
          before={[]}
          span={undefined}
          open={unfolded.get(record) ?? (open || outcome !== 'accepted')}
        />
      </ol>
    </article>
  )
}

function spanOf (records: AttemptRecord[], seen: Seen[]): Span | undefined {
  if (records.length === 0) return undefined
  const ends = records.map(({ attempt: { at, ms } }) => at + ms)
  const handled = seen.map(({ handling }) => handling?.ms === undefined ? 0 : handling.startedAt + handling.ms)
  const from = Math.min(...records.map(({ attempt }) => attempt.at))
  return { from, to: Math.max(from + 1, ...ends, ...handled) }
}

function seenOf (play: PlayRecord, records: AttemptRecord[]): Seen[] {
  return records.map(({ seen }) => play.seen.get(seen ?? -1)).filter(seen => seen !== undefined)
}

function totalOf (records: AttemptRecord[]): number {
  return (
    Math.max(...records.map(({ attempt: { at, ms } }) => at + ms)) -
    Math.min(...records.map(({ attempt }) => attempt.at))
  )
}
