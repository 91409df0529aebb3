import type { Cards } from '../cards.js'
import { text, type Language } from '../i18n.js'
import { field, textField } from '../names.js'
import type { MessageRecord } from '../state.js'
import type { PostedView } from '../../protocol.js'
import { Fragment, h } from '../vendor/preact.js'
import { Marked } from './stream.js'
import { TemplateCard } from './template-card.js'

/** What the bot posted to the response_url of a message: a bubble of its own. */
export function PostedReply ({ language, message, posted, cards }: {
  language: Language
  message: MessageRecord
  posted: PostedView
  cards: Cards
}) {
  const { body, errcode } = posted
  if (errcode !== 0) return <p class='note bad posted'>{text(language, 'postedRefused', { errcode })}</p>
  const said = textField(body, 'markdown', 'content')
  const given = field(body, 'template_card')
  return (
    <>
      {said !== undefined && <div class='bubble theirs posted'><Marked value={said} /></div>}
      {given !== undefined && (
        <TemplateCard card={cards.updated.get(textField(given, 'task_id') ?? '') ?? given} content={message.content} />
      )}
      <p class='note end'>{text(language, 'posted')}</p>
    </>
  )
}
