import { entriesOf, isSelected } from '../entries.js'
import { text } from '../i18n.js'
import { SHEET, turnSheet } from '../navigate.js'
import type { State } from '../state.js'
import type { Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'
import { Delivery, Verification } from './delivery.js'

/** What was sent, the newest first, sheet by sheet. */
export function Inspector ({ state, start }: { state: State, start: Start }) {
  const { language, plays, selected, unfolded, sheet } = state
  const entries = entriesOf(plays)
  // What is looked at first.
  const chosen =
    entries.find(({ play, part }) => typeof part === 'number' && isSelected(selected, play, part)) ??
    entries.find(({ part }) => part !== 'failed')
  return (
    <section class='inspector' aria-label={text(language, 'inspector')} tabIndex={-1}>
      <h2 class='hidden'>{text(language, 'inspector')}</h2>
      {plays.length === 0 && (
        <div class='nothing'>
          <h3>{text(language, 'nothingYet')}</h3>
          <p>{text(language, 'nothingYetHint')}</p>
        </div>
      )}
      {entries.slice(sheet, sheet + SHEET).map(entry => {
        const { play, part } = entry
        const key = `${play.id}.${part}`
        const shared = { language, start, unfolded, play, open: entry === chosen }
        if (part === 'failed') return <p key={key} class='callout bad'>{play.failed}</p>
        if (part === 'verification') return <Verification key={key} {...shared} />
        return <Delivery key={key} {...shared} index={part} isSelected={isSelected(selected, play, part)} />
      })}
      {entries.length > SHEET && (
        <nav class='sheets' aria-label={text(language, 'sheets')}>
          <button
            type='button'
            class='quiet'
            disabled={sheet === 0}
            onClick={() => { turnSheet(-1) }}
          >
            {text(language, 'newer')}
          </button>
          <span class='faint'>
            {text(language, 'range', {
              from: sheet + 1,
              to: Math.min(entries.length, sheet + SHEET),
              total: entries.length
            })}
          </span>
          <button
            type='button'
            class='quiet'
            disabled={sheet + SHEET >= entries.length}
            onClick={() => { turnSheet(1) }}
          >
            {text(language, 'earlier')}
          </button>
        </nav>
      )}
    </section>
  )
}
