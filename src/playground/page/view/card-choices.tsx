import type { Chosen } from '../bot-actions.js'
import { field, listOf, textField } from '../names.js'
import { h } from '../vendor/preact.js'

/** Chooses from a list: of a card with buttons, or of one with several questions. */
export function CardSelect ({ list }: { list: unknown }) {
  const question = textField(list, 'question_key') ?? ''
  return (
    <label class='pair'>
      <span>{textField(list, 'title') ?? question}</span>
      <select data-question={question} disabled={field(list, 'disable') === true}>
        {listOf(field(list, 'option_list')).map((option, index) => (
          <option
            key={index}
            value={textField(option, 'id')}
            selected={textField(option, 'id') === textField(list, 'selected_id')}
          >
            {textField(option, 'text')}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A vote: one choice, or several. */
export function CardVote ({ vote, name }: { vote: unknown, name: string }) {
  const several = field(vote, 'mode') === 1
  return (
    <div class='vote'>
      {listOf(field(vote, 'option_list')).map((option, index) => (
        <label key={index}>
          <input
            type={several ? 'checkbox' : 'radio'}
            name={name}
            data-question={textField(vote, 'question_key') ?? ''}
            value={textField(option, 'id')}
            defaultChecked={field(option, 'is_checked') === true}
            disabled={field(vote, 'disable') === true}
          />{' '}
          {textField(option, 'text')}
        </label>
      ))}
    </div>
  )
}

/** What is chosen in a card just now. */
export function chosenIn (card: Element | null): Chosen {
  const chosen = new Map<string, string[]>()
  for (const input of card?.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[data-question]') ?? []) {
    const options = chosen.get(input.dataset.question ?? '') ?? []
    chosen.set(input.dataset.question ?? '', options)
    if (!(input instanceof HTMLInputElement) || input.checked) options.push(input.value)
  }
  return [...chosen]
}
