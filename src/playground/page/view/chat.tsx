import { openPicker, sendDraft } from '../actions.js'
import { cardsOf } from '../cards.js'
import { exchangesOf, isSelected } from '../entries.js'
import { sendFiles } from '../files.js'
import { text, type TextKey } from '../i18n.js'
import { select, showEarlier, walkSent } from '../navigate.js'
import { state, update, type Persona, type State } from '../state.js'
import type { Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'
import { Exchange } from './exchange.js'
import { Menu } from './menu.js'

/** The phone: who is written to, what was said, the menu and the composer. */
export function Chat ({ state, start }: { state: State, start: Start }) {
  const { language, persona, plays, draft, settings, selected } = state
  const t = (key: TextKey, values?: Record<string, string | number>) => text(language, key, values)
  const all = exchangesOf(plays)
  const shown = all.slice(-state.exchanges)
  const cards = cardsOf(plays)
  const tabStop = shown.find(({ play, index }) => isSelected(selected, play, index)) ?? shown.at(-1)
  return (
    <section class='phone' aria-label={t('chat')} {...(persona === 'aibot' ? dropTarget : {})}>
      <h2 class='hidden'>{t('chat')}</h2>
      <header class='chat-head'>
        <div class='segments' role='group' aria-label={t('persona')}>
          {(['app', 'aibot', 'groupbot'] as Persona[]).map(name => (
            <button
              key={name}
              type='button'
              aria-pressed={persona === name}
              onClick={() => { update(state => { state.persona = name }) }}
            >
              {t(`persona.${name}`)}
            </button>
          ))}
        </div>
        <code class='faint' title={start.target}>{start.target}</code>
      </header>
      <div class='chat-log' role='log' aria-label={t('conversation')} tabIndex={0} onKeyDown={walkSent}>
        {all.length === 0 && <p class='note'>{t('empty')}</p>}
        {all.length > shown.length && (
          <button type='button' class='quiet earlier' onClick={showEarlier}>
            {t('earlierMessages', { count: all.length - shown.length })}
          </button>
        )}
        {shown.map(exchange => {
          const { play, index } = exchange
          return (
            <Exchange
              key={`${play.id}.${index}`} language={language} start={start} play={play} index={index}
              isSelected={isSelected(selected, play, index)} isTabStop={exchange === tabStop} cards={cards}
              onSelect={byKeyboard => { select(play, index, byKeyboard) }}
            />
          )
        })}
      </div>
      {persona === 'aibot' && state.dropping && <p class='drop'>{t('drop')}</p>}
      {persona === 'app' && <Menu state={state} start={start} />}
      {settings.faults.size > 0 && (
        <p class='armed'>
          {t('conditions')}: {[...settings.faults].map(fault => t(`fault.${fault}`)).join(' · ')}
        </p>
      )}
      <form
        class='composer'
        onSubmit={event => {
          event.preventDefault()
          sendDraft()
        }}
      >
        <button type='button' class='round' aria-label={t('more')} title={t('more')} onClick={openPicker}>
          <svg viewBox='0 0 24 24' aria-hidden='true'><path d='M12 5v14M5 12h14' /></svg>
        </button>
        {persona === 'aibot' && <FileButton label={t('attach')} />}
        <textarea
          name='draft'
          rows={draft.includes('\n') ? 3 : 1}
          aria-label={t('write')}
          value={draft}
          autocomplete='off'
          maxLength={20_000}
          placeholder={t(settings.faults.has('reorder') ? 'writeHintReorder' : 'writeHint')}
          onInput={event => { const { value } = event.currentTarget; update(state => { state.draft = value }) }}
          onKeyDown={event => {
            // While an input method is composing, Enter chooses a word.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            sendDraft()
          }}
        />
        <button type='submit' class='primary' disabled={draft.trim() === ''}>{t('send')}</button>
      </form>
    </section>
  )
}

function FileButton ({ label }: { label: string }) {
  return (
    <label class='round' title={label}>
      <input
        type='file' multiple aria-label={label}
        onChange={({ currentTarget }) => {
          // Copied: the list is emptied, so that the same file can be chosen again.
          sendFiles([...currentTarget.files ?? []])
          currentTarget.value = ''
        }}
      />
      <svg viewBox='0 0 24 24' aria-hidden='true'>
        <path d='M19 11l-8 8a4 4 0 0 1-6-6l8-8a3 3 0 0 1 4 4l-8 8a1 1 0 0 1-2-2l7-7' />
      </svg>
    </label>
  )
}

/** Files are dropped anywhere on the phone. */
const dropTarget = {
  onDragOver (event: DragEvent) {
    if (event.dataTransfer?.types.includes('Files') !== true) return
    event.preventDefault()
    if (!state.dropping) update(state => { state.dropping = true })
  },
  onDragLeave ({ currentTarget, relatedTarget }: DragEvent) {
    if (!(currentTarget as Element).contains(relatedTarget as Node | null)) update(state => { state.dropping = false })
  },
  onDrop (event: DragEvent) {
    event.preventDefault()
    update(state => { state.dropping = false })
    sendFiles([...event.dataTransfer?.files ?? []])
  }
}
