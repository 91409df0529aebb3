import { taskOfEvent, type Cards } from '../cards.js'
import { text, type Language } from '../i18n.js'
import { field, listOf, textField } from '../names.js'
import type { MessageRecord } from '../state.js'
import { Fragment, h } from '../vendor/preact.js'
import { Stream } from './stream.js'
import { TemplateCard } from './template-card.js'

type Reply = Record<string, unknown>

/** A reply as WeCom's app would show it. Everything in it is text: nothing of a reply is loaded, followed or run. */
export function Answer ({ language, message, done, asked, cards }: {
  language: Language
  message: Reply
  /** Nothing more comes. */
  done: boolean
  /** What is answered. */
  asked: MessageRecord
  cards: Cards
}) {
  const kind =
    textField(message, 'MsgType') ?? textField(message, 'msgtype') ?? textField(message, 'response_type') ?? ''
  const said = [['Content'], ['text', 'content'], ['Text', 'Content'], ['markdown', 'content'], ['Markdown', 'Content']]
    .map(path => textField(message, ...path))
    .find(value => value !== undefined)
  const given = field(message, 'template_card') ?? field(message, 'TemplateCard')
  // A card changes where it stands: the update itself says only that.
  if (kind === 'update_template_card' && cards.shown.has(taskOfEvent(asked.content) ?? '')) {
    return <p class='note'>{text(language, 'cardUpdated')}</p>
  }
  const card = cards.updated.get(textField(given, 'task_id') ?? '') ?? given
  const content = asked.kind.startsWith('aibot.') ? asked.content : undefined
  if (kind.startsWith('stream')) {
    return (
      <>
        <Stream language={language} message={message} done={done} />
        {card !== undefined && <TemplateCard card={card} content={content} />}
      </>
    )
  }
  if (said !== undefined) return <div class='bubble theirs'>{said}</div>
  if (kind === 'news' || kind === 'News') return <News language={language} message={message} />
  if (card !== undefined) return <TemplateCard card={card} content={content} />
  if (kind === 'image' || kind === 'voice' || kind === 'video') {
    return <Media language={language} kind={kind} message={message} />
  }
  const button = textField(message, 'Button', 'ReplaceName') ?? textField(message, 'TaskCard', 'ReplaceName')
  if (button !== undefined) {
    return (
      <div class='bubble theirs kind'>
        <b>{kind}</b>
        <span class='button'>{button}</span>
      </div>
    )
  }
  return (
    <div class='bubble theirs kind'>
      <b>{kind}</b>
      <pre>{JSON.stringify(message, null, 2)}</pre>
    </div>
  )
}

function News ({ language, message }: { language: Language, message: Reply }) {
  const articles = listOf(field(message, 'Articles', 'item') ?? field(message, 'Articles'))
  return (
    <div class='card news'>
      {articles.map((article, index) => (
        <article key={index} class={index === 0 ? 'first' : ''}>
          {textField(article, 'PicUrl') !== undefined && (
            <div class='picture' title={textField(article, 'PicUrl')}>
              <Picture />
              <code>{textField(article, 'PicUrl')}</code>
            </div>
          )}
          <h3>{textField(article, 'Title')}</h3>
          {textField(article, 'Description') !== undefined && <p>{textField(article, 'Description')}</p>}
          {textField(article, 'Url') !== undefined && (
            <p class='faint'>
              {text(language, 'opens')} <code>{textField(article, 'Url')}</code>
            </p>
          )}
        </article>
      ))}
    </div>
  )
}

type MediaKind = 'image' | 'voice' | 'video'

function Media ({ language, kind, message }: { language: Language, kind: MediaKind, message: Reply }) {
  const media = field(message, { image: 'Image', voice: 'Voice', video: 'Video' }[kind]) ?? field(message, kind)
  return (
    <div class='card media'>
      <div class='picture'><Picture /></div>
      <h3>{textField(media, 'Title') ?? kind}</h3>
      {textField(media, 'Description') !== undefined && <p>{textField(media, 'Description')}</p>}
      <p class='faint'>
        {text(language, 'media')} <code>{textField(media, 'MediaId') ?? textField(media, 'media_id')}</code>
      </p>
    </div>
  )
}

function Picture () {
  return (
    <svg viewBox='0 0 24 24' aria-hidden='true'>
      <path d='M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4' />
      <circle cx='15.500' cy='9' r='1.500' />
    </svg>
  )
}
