import { field, listOf, textField } from '../names.js'
import { h } from '../vendor/preact.js'

/** The texts of a template card; names are those of XML (`MainTitle`) or of JSON (`main_title`). */
export function TemplateCard ({ card }: { card: unknown }) {
  const get = (...names: string[]) => textField(card, ...names) ?? textField(card, ...names.map(pascal))
  const list = (name: string) => listOf(field(card, name) ?? field(card, pascal(name)))
  const part = (value: unknown, name: string) => textField(value, name) ?? textField(value, pascal(name))
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
      {list('select_list').map((item, index) => (
        <p key={index} class='pair'>
          <span>{part(item, 'title') ?? part(item, 'question_key')}</span> <span>▾</span>
        </p>
      ))}
      {listOf(field(card, 'checkbox', 'option_list')).map((item, index) => (
        <p key={index}>☐ {part(item, 'text')}</p>
      ))}
      {list('jump_list').map((item, index) => (
        <p key={index} class='link'>
          {part(item, 'title')}
        </p>
      ))}
      <div class='buttons'>
        {list('button_list').map((item, index) => <span key={index} class='button'>{part(item, 'text')}</span>)}
        {get('submit_button', 'text') !== undefined && <span class='button'>{get('submit_button', 'text')}</span>}
      </div>
    </div>
  )
}

function pascal (name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}
