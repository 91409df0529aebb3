import { rate } from '../bot-actions.js'
import { text, type Language } from '../i18n.js'
import type { MessageRecord, PlayRecord } from '../state.js'
import { h } from '../vendor/preact.js'

const THUMBS = [[1, '👍', 'good'], [2, '👎', 'poor']] as const

/** What WeCom shows below a reply that has a feedback id. */
export function Rating ({ language, play, message, id }: {
  language: Language
  play: PlayRecord
  message: MessageRecord
  id: string
}) {
  return (
    <div class='rating' role='group' aria-label={text(language, 'rate')}>
      {THUMBS.map(([type, thumb, name]) => (
        <button
          key={type} type='button' class='quiet' title={text(language, `rate.${name}`)}
          aria-label={text(language, `rate.${name}`)} aria-pressed={message.rated === type}
          onClick={() => { rate(play, message, id, type) }}
        >
          {thumb}
        </button>
      ))}
    </div>
  )
}
