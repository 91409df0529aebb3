import { askBot, pressCard } from '../bot-actions.js'
import { field, listOf, textField } from '../names.js'
import { h } from '../vendor/preact.js'
import { CardSelect, CardVote, chosenIn } from './card-choices.js'

interface Props {
  card: unknown
  /** Of the message to a bot that the card answers; left out where nobody can press its buttons. */
  content?: Record<string, unknown> | undefined
}

/** A template card; names are those of XML (`MainTitle`) or of JSON (`main_title`). */
export function TemplateCard ({ card, content }: Props) {
  const get = (...names: string[]) => textField(card, ...names) ?? textField(card, ...names.map(pascal))
  const list = (name: string) => listOf(field(card, name) ?? field(card, pascal(name)))
  const menu = listOf(field(card, 'action_menu', 'action_list'))
  const buttons = [...list('button_list'), ...list('submit_button'), ...menu]
  return (
    <div class='card template'>
      {get('source', 'desc') !== undefined && <p class='faint'>{get('source', 'desc')}</p>}
      <h3>{get('main_title', 'title') ?? get('card_type')}</h3>
      {get('main_title', 'desc') !== undefined && <p>{get('main_title', 'desc')}</p>}
      {get('emphasis_content', 'title') !== undefined && (
        <p class='emphasis'>
          {get('emphasis_content', 'title')} <small>{get('emphasis_content', 'desc')}</small>
        </p>
      )}
      {get('sub_title_text') !== undefined && <p>{get('sub_title_text')}</p>}
      {list('horizontal_content_list').map((item, index) => (
        <p key={index} class='pair'>
          <span>{part(item, 'keyname')}</span> <span>{part(item, 'value')}</span>
        </p>
      ))}
      {content === undefined ? <StillChoices card={card} /> : <Choices card={card} />}
      {list('jump_list').map((item, index) => <Jump key={index} jump={item} content={content} />)}
      <div class='buttons'>
        {buttons.map((button, index) => <Button key={index} card={card} button={button} content={content} />)}
      </div>
    </div>
  )
}

/** Each tells the bot; where that is not possible it is only shown. */
function Button ({ card, button, content }: Props & { button: unknown }) {
  const key = part(button, 'key')
  if (content === undefined || key === undefined) return <span class='button'>{part(button, 'text')}</span>
  return (
    <button
      type='button' class='button'
      onClick={({ currentTarget }) => { pressCard(content, card, key, chosenIn(currentTarget.closest('.card'))) }}
    >
      {part(button, 'text')}
    </button>
  )
}

/** Links lead nowhere from here; a question is asked. */
function Jump ({ jump, content }: { jump: unknown, content: Props['content'] }) {
  const question = textField(jump, 'question')
  if (content === undefined || question === undefined) return <p class='link'>{part(jump, 'title')}</p>
  return (
    <p class='link'>
      <button type='button' onClick={() => { askBot(content, question) }}>{part(jump, 'title')}</button>
    </p>
  )
}

function Choices ({ card }: { card: unknown }) {
  const vote = field(card, 'checkbox')
  return (
    <div class='choices'>
      {[...listOf(field(card, 'button_selection')), ...listOf(field(card, 'select_list'))]
        .map((list, index) => <CardSelect key={index} list={list} />)}
      {vote !== undefined && <CardVote vote={vote} name={textField(card, 'task_id') ?? ''} />}
    </div>
  )
}

function StillChoices ({ card }: { card: unknown }) {
  return (
    <div class='choices'>
      {listOf(field(card, 'select_list') ?? field(card, 'SelectList')).map((item, index) => (
        <p key={index} class='pair'>
          <span>{part(item, 'title') ?? part(item, 'question_key')}</span> <span>▾</span>
        </p>
      ))}
      {listOf(field(card, 'checkbox', 'option_list')).map((item, index) => <p key={index}>☐ {part(item, 'text')}</p>)}
    </div>
  )
}

function part (value: unknown, name: string): string | undefined {
  return textField(value, name) ?? textField(value, pascal(name))
}

function pascal (name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}
