import { clear, setLanguage } from '../actions.js'
import { text } from '../i18n.js'
import { update, type State } from '../state.js'
import { h } from '../vendor/preact.js'
import { Chat } from './chat.js'
import { Conditions } from './conditions.js'
import { Inspector } from './inspector.js'
import { Picker } from './picker.js'

/** The whole page, painted anew at every change. */
export function App ({ state }: { state: State }) {
  const { language, start, fatal, tab, status } = state
  document.title = text(language, 'title')
  return (
    <div class='page'>
      <header class='top'>
        <img src={`${state.base}/page/icon.svg`} alt='' width='28' height='28' />
        <h1>{text(language, 'title')}</h1>
        <p class='subtitle'>{text(language, 'subtitle')}</p>
        {state.plays.length > 0 && (
          <button type='button' class='quiet' title={text(language, 'clearAbout')} onClick={clear}>
            {text(language, 'clear')}
          </button>
        )}
        <button
          type='button'
          class='quiet'
          lang={language === 'en' ? 'zh-CN' : 'en'}
          aria-label={text(language, 'switchLabel')}
          onClick={() => { setLanguage(language === 'en' ? 'zh' : 'en') }}
        >
          {text(language, 'switchLanguage')}
        </button>
      </header>
      <main>
        {fatal !== undefined && (
          <p class='callout bad' role='alert'>
            {text(language, fatal === '403' ? 'fatal' : 'lost')} ({fatal})
          </p>
        )}
        {fatal === undefined && start === undefined && <p class='faint pad'>{text(language, 'loading')}</p>}
        {start !== undefined && (
          <div class='body' data-tab={tab}>
            <nav class='tabs' aria-label={text(language, 'title')}>
              {(['chat', 'inspector'] as const).map(name => (
                <button
                  key={name}
                  type='button'
                  aria-pressed={tab === name}
                  onClick={() => { update(state => { state.tab = name }) }}
                >
                  {text(language, name)}
                </button>
              ))}
            </nav>
            <Chat state={state} start={start} />
            <div class='right'>
              <Conditions state={state} />
              {/* A new one for what was sent last, which so stands at the top wherever the old one was scrolled to. */}
              <Inspector key={state.plays.at(-1)?.id} state={state} start={start} />
            </div>
            <Picker state={state} start={start} />
          </div>
        )}
      </main>
      <p class='status' role='status'>{status}</p>
    </div>
  )
}
