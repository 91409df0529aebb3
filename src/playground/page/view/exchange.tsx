import type { Cards } from '../cards.js'
import { text, type Language } from '../i18n.js'
import { listOf, textField, titleOf } from '../names.js'
import type { AttemptRecord, MessageRecord, PlayRecord } from '../state.js'
import type { Start } from '../../protocol.js'
import { Fragment, h } from '../vendor/preact.js'
import { Answer } from './answer.js'
import { Hints } from './hints.js'
import { PostedReply } from './posted.js'
import { Rating } from './rating.js'
import { StreamEnd } from './stream-end.js'

interface Props {
  language: Language
  start: Start
  play: PlayRecord
  /** Of the play's messages. */
  index: number
  isSelected: boolean
  isTabStop: boolean
  cards: Cards
  onSelect: (byKeyboard: boolean) => void
}

/**
 * One message and what came back, as the member sees it. A click anywhere shows the request; for the keyboard the
 * message is a button.
 */
export function Exchange ({ language, start, play, index, isSelected, isTabStop, cards, onSelect }: Props) {
  const message = play.messages[index] as MessageRecord
  const attempts = play.attempts.filter(({ message }) => message === index)
  const accepted = attempts.findLast(
    ({ attempt }) => attempt.outcome === 'accepted' && attempt.reply?.answer === 'reply'
  )?.attempt.reply
  const feedback = feedbackOf(attempts)
  return (
    <div class='exchange' data-selected={isSelected} onClick={event => { if (isMeant(event)) onSelect(false) }}>
      <Sent
        language={language} start={start} message={message}
        button={{
          role: 'button',
          tabIndex: isTabStop ? 0 : -1,
          'aria-pressed': isSelected,
          title: text(language, 'showRequest'),
          onKeyDown: event => {
            if (event.key !== 'Enter' && event.key !== ' ') return
            event.preventDefault()
            onSelect(true)
          }
        }}
      />
      {accepted?.message !== undefined
        ? (
          <>
            <Answer
              language={language} message={accepted.message} done={message.outcome !== undefined} asked={message}
              cards={cards}
            />
            {accepted.kind?.startsWith('stream') === true && (
              <StreamEnd language={language} play={play} message={message} attempts={attempts} />
            )}
            {feedback !== undefined && message.outcome !== undefined && (
              <Rating language={language} play={play} message={message} id={feedback} />
            )}
          </>
          )
        : message.outcome === undefined && !play.done
          ? <div class='bubble theirs typing' aria-label={text(language, 'typing')}><i /><i /><i /></div>
          : <p class={message.outcome === 'accepted' ? 'note' : 'note bad'}>{verdict(language, message, attempts)}</p>}
      <Hints language={language} play={play} message={message} attempts={attempts} />
      {message.posted?.map((posted, index) => (
        <PostedReply key={index} language={language} message={message} posted={posted} cards={cards} />
      ))}
    </div>
  )
}

/** It counts in the answer to the message alone: in a stream, or in a card. */
function feedbackOf (attempts: AttemptRecord[]): string | undefined {
  const first = attempts.find(({ attempt }) => attempt.outcome === 'accepted' && attempt.purpose === 'message')
  const reply = first?.attempt.reply?.message
  return textField(reply, 'stream', 'feedback', 'id') ?? textField(reply, 'template_card', 'feedback', 'id')
}

/** Not where text was marked, or a fold of a reply opened. */
function isMeant ({ target }: Event): boolean {
  return getSelection()?.isCollapsed !== false && (target as Element).closest('summary, button, label, select') === null
}

function verdict (language: Language, { outcome }: MessageRecord, attempts: AttemptRecord[]): string {
  if (outcome === 'accepted') return text(language, 'noReply')
  if (outcome === 'unverified' || outcome === 'stopped') return text(language, outcome)
  const real = attempts.filter(({ attempt }) => attempt.fault !== 'wrong-signature')
  return real.at(-1)?.attempt.outcome === 'unreadable'
    ? text(language, 'unread')
    : text(language, 'gaveUp', { count: real.length })
}

interface SentButton {
  role: 'button'
  tabIndex: number
  'aria-pressed': boolean
  title: string
  onKeyDown: (event: KeyboardEvent) => void
}

/** What a member wrote is a bubble; what happened is a line. */
function Sent ({
  language,
  start,
  message: { kind, content, label },
  button
}: Pick<Props, 'language' | 'start'> & { message: MessageRecord, button: SentButton }) {
  const said = [
    textField(content, 'Content'),
    textField(content, 'text', 'content'),
    textField(content, 'Text', 'Content'),
    textField(content, 'text_content')
  ].find(value => value !== undefined)
  if (/(^|\.)text$/.test(kind) && said !== undefined) {
    return (
      <div {...button} class='sent bubble mine'>
        {said}
      </div>
    )
  }
  const detail = label ?? detailOf(content)
  if (/^(event|info)\.|\.event\.|^unknown$/.test(kind)) {
    return (
      <p {...button} class='sent note'>
        <b>{titleOf(start, kind, language)}</b> <code>{kind}</code>
        {detail !== undefined && <span>{detail}</span>}
      </p>
    )
  }
  return (
    <div {...button} class='sent bubble mine kind'>
      <b>{titleOf(start, kind, language)}</b>
      {detail !== undefined && <span>{detail}</span>}
    </div>
  )
}

/** The field that tells most of a message that is no text. */
function detailOf (content: Record<string, unknown>): string | undefined {
  const paths = [
    ['EventKey'],
    ['Label'],
    ['Title'],
    ['PicUrl'],
    ['MediaId'],
    ['UserID'],
    ['ChatId'],
    ['voice', 'content'],
    ['image', 'url'],
    ['file', 'url'],
    ['video', 'url'],
    ['Image', 'ImageUrl'],
    ['event', 'eventtype']
  ]
  const found = paths.map(path => textField(content, ...path)).find(value => value !== undefined)
  if (found !== undefined) return found.length > 80 ? `${found.slice(0, 80)}…` : found
  const items = listOf((content.mixed as Record<string, unknown> | undefined)?.msg_item)
  return items.map(item => textField(item, 'text', 'content')).find(value => value !== undefined)
}
