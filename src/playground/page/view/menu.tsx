import { sendMenu } from '../actions.js'
import { text, type Language } from '../i18n.js'
import { update, type State } from '../state.js'
import type { MenuButton, Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'

/** The app's menu: a press sends the event that WeCom would. */
export function Menu ({ state, start }: { state: State, start: Start }) {
  const menu = start.menu ?? defaultMenu(state.language)
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
            ? (
              <button
                type='button'
                onClick={() => { sendMenu(button) }}
              >
                {button.name}
              </button>
              )
            : (
              <button
                type='button'
                aria-expanded={state.menu === index}
                onClick={() => { update(state => { state.menu = state.menu === index ? undefined : index }) }}
              >
                {button.name}
                <span aria-hidden='true' class='lines' />
              </button>
              )}
          {state.menu === index && (
            <ul>
              {button.sub_button?.map((sub, index) => (
                <li key={index}>
                  <button
                    type='button'
                    onClick={() => { sendMenu(sub) }}
                  >
                    {sub.name}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </nav>
  )
}

/** For apps that do not say what theirs is. */
function defaultMenu (language: Language): MenuButton[] {
  return [
    { name: text(language, 'menu.help'), type: 'click', key: 'HELP' },
    { name: text(language, 'menu.site'), type: 'view', url: 'https://work.weixin.qq.com/' },
    {
      name: text(language, 'menu.more'),
      sub_button: [
        { name: text(language, 'menu.scan'), type: 'scancode_waitmsg', key: 'SCAN' },
        { name: text(language, 'menu.where'), type: 'location_select', key: 'WHERE' },
        { name: text(language, 'menu.photo'), type: 'pic_sysphoto', key: 'PHOTO' },
        { name: text(language, 'menu.orders'), type: 'click', key: 'ORDERS' }
      ]
    }
  ]
}
