import { text } from '../i18n.js'
import type { State } from '../state.js'
import type { Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'
import { Verification, Delivery } from './delivery.js'

/** Everything that was sent, the newest first. */
export function Inspector ({ state, start }: { state: State, start: Start }) {
  const { language, plays } = state
  const newest = plays.at(-1)
  return (
    <section class='inspector' aria-label={text(language, 'inspector')}>
      {newest === undefined && (
        <div class='nothing'>
          <h2>{text(language, 'nothingYet')}</h2>
          <p>{text(language, 'nothingYetHint')}</p>
        </div>
      )}
      {plays.toReversed().map(play => (
        <div class='play' key={play.id}>
          {play.failed !== undefined && <p class='callout bad'>{play.failed}</p>}
          {play.messages.map((message, index) => <Delivery key={index} language={language} start={start} play={play} message={message} index={index} open={play === newest && index === play.messages.length - 1} />).toReversed()}
          <Verification language={language} start={start} play={play} open={play === newest && play.messages.length === 0} />
        </div>
      ))}
    </section>
  )
}
