import { duration } from '../format.js'
import { text, textIfAny, type Language } from '../i18n.js'
import { field } from '../names.js'
import type { AttemptRecord, MessageRecord, PlayRecord } from '../state.js'
import { Fragment, h } from '../vendor/preact.js'

/** How a bot's stream ended, after how much, and what is wrong with it: nothing while it grows. */
export function StreamEnd ({ language, play, message, attempts }: {
  language: Language
  play: PlayRecord
  message: MessageRecord
  /** Of this message, polls included. */
  attempts: AttemptRecord[]
}) {
  if (message.outcome === undefined) return null
  const polls = attempts.filter(({ attempt }) => attempt.purpose === 'poll')
  const last = attempts.findLast(({ attempt }) => attempt.reply?.answer === 'reply' && attempt.outcome === 'accepted')
  const finished = field(last?.attempt.reply?.message, 'stream', 'finish') === true
  const cause = finished ? causeOf(play, attempts) : undefined
  const facts = [
    text(language, finished ? 'streamEnd' : 'streamOpen'),
    ...(cause === undefined ? [] : [textIfAny(language, `cause.${cause}`) ?? cause]),
    text(language, 'polls', { count: polls.length }),
    duration(lengthOf(attempts))
  ]
  return (
    <>
      <p class={finished ? 'note end' : 'note end bad'} data-cause={cause}>{facts.join(' · ')}</p>
      {[...new Set(message.problems)].map(problem => <p key={problem} class='note bad problem'>{problem}</p>)}
    </>
  )
}

/** By the line that the plugin logs of each of its streams. */
function causeOf (play: PlayRecord, attempts: AttemptRecord[]): string | undefined {
  for (const { seen } of attempts) {
    for (const { details } of play.seen.get(seen ?? -1)?.log ?? []) {
      const cause = /"outcome":"streamed","cause":"(\w+)"/.exec(details ?? '')?.[1]
      if (cause !== undefined) return cause
    }
  }
}

function lengthOf (attempts: AttemptRecord[]): number {
  const ends = attempts.map(({ attempt: { at, ms } }) => at + ms)
  return Math.max(...ends) - Math.min(...attempts.map(({ attempt }) => attempt.at))
}
