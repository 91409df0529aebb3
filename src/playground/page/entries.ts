import type { PlayRecord, Selection } from './state.js'

/** What the inspector lists: a message, the verification of the URL before it, or that a play failed. */
export interface Entry {
  play: PlayRecord
  part: number | 'verification' | 'failed'
}

/** Everything that was sent, the newest first. */
export function entriesOf (plays: PlayRecord[]): Entry[] {
  return plays
    .toReversed()
    .flatMap(play => [
      ...(play.failed === undefined ? [] : [{ play, part: 'failed' as const }]),
      ...play.messages.map((_message, part) => ({ play, part })).toReversed(),
      ...(play.attempts.some(({ attempt }) => attempt.purpose === 'verify')
        ? [{ play, part: 'verification' as const }]
        : [])
    ])
}

/** The messages of the conversation, the oldest first. */
export function exchangesOf (plays: PlayRecord[]): Array<{ play: PlayRecord, index: number }> {
  return plays.flatMap(play => play.messages.map((_message, index) => ({ play, index })))
}

export function isSelected (selected: Selection | undefined, play: PlayRecord, message: number): boolean {
  return selected?.play === play.id && selected.message === message
}
