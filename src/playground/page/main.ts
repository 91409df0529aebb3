import { h, render } from './vendor/preact.js'
import { loadStart } from './api.js'
import { openHistory } from './history.js'
import { watchPosted } from './posted.js'
import { onChange, state, update } from './state.js'
import { App } from './view/app.js'

const root = document.getElementById('root') as HTMLElement
state.base = root.dataset.base ?? ''
// The cookie has taken the key's place: it need not stay in the address bar, in the history and on screenshots.
if (location.search !== '') history.replaceState(null, '', location.pathname)

onChange(() => {
  const log = document.querySelector('.chat-log')
  const atEnd = log === null || log.scrollHeight - log.scrollTop - log.clientHeight < 80
  document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en'
  render(h(App, { state }), root)
  if (atEnd) document.querySelector('.chat-log')?.scrollTo({ top: 1e9 })
})

update(() => {})
loadStart()
  .then(() => {
    // Who opens the page is about to write.
    update(
      state => {
        state.plays = openHistory(state)
        watchPosted()
      },
      () => {
        document.querySelector<HTMLElement>('textarea[name=draft]')?.focus()
      }
    )
  })
  .catch((error: unknown) => {
    update(state => {
      state.fatal = error instanceof Error ? error.message : String(error)
    })
  })
