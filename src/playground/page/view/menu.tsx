import { sendMenu } from '../actions.js'
import { text } from '../i18n.js'
import { update, type State } from '../state.js'
import type { Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'

/** The app's menu: a press sends the event that WeCom would. */
export function Menu ({ state, start: { menu } }: { state: State, start: Start }) {
  const close = () => { update(state => { state.menu = undefined }) }
  return (
    <nav
      class='menu' aria-label={text(state.language, 'menu')} onKeyDown={event => {
        if (event.key !== 'Escape' || state.menu === undefined) return
        close()
        event.currentTarget.querySelector<HTMLElement>('[aria-expanded=true]')?.focus()
      }}
    >
      {menu.slice(0, 3).map((button, index) => (
        <div key={index}>
          {button.sub_button === undefined || button.sub_button.length === 0
            ? <button type='button' onClick={() => { sendMenu(button) }}>{button.name}</button>
            : <button type='button' aria-expanded={state.menu === index} onClick={() => { update(state => { state.menu = state.menu === index ? undefined : index }) }}>{button.name}<span aria-hidden='true' class='lines' /></button>}
          {state.menu === index && (
            <ul>{button.sub_button?.map((sub, index) => <li key={index}><button type='button' onClick={() => { sendMenu(sub) }}>{sub.name}</button></li>)}</ul>
          )}
        </div>
      ))}
    </nav>
  )
}
