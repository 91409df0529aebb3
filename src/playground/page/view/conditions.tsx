import { send } from '../actions.js'
import { text } from '../i18n.js'
import { update, type State } from '../state.js'
import type { Fault } from '../../protocol.js'
import { h } from '../vendor/preact.js'

const FAULTS: Fault[] = [
  'slow-handler',
  'wrong-signature',
  'duplicate',
  'drop-answer',
  'replay',
  'reorder',
  'slow-network',
  'kill-producer'
]
const PATIENCE = [5000, 1000, 500] as const

/** What goes wrong on purpose with what is sent next, and how it is sent. */
export function Conditions ({ state }: { state: State }) {
  const { language, settings } = state
  const t = (key: Parameters<typeof text>[1]) => text(language, key)
  const toggle = (fault: Fault) => {
    update(({ settings: { faults } }) => { if (!faults.delete(fault)) faults.add(fault) })
  }
  return (
    <section class='conditions' aria-label={t('conditions')}>
      <div class='faults' role='group' aria-label={t('conditions')}>
        <span class='label'>{t('conditions')}</span>
        {FAULTS.map(fault => (
          <button
            key={fault}
            type='button'
            class='toggle'
            data-fault={fault}
            aria-pressed={settings.faults.has(fault)}
            title={t(`fault.${fault}.about`)}
            onClick={() => { toggle(fault) }}
          >
            {t(`fault.${fault}`)}
          </button>
        ))}
      </div>
      <div class='how'>
        <label>
          {t('patience')}{' '}
          <select
            name='patience'
            value={settings.patience}
            onChange={event => {
              const { value } = event.currentTarget
              update(state => { state.settings.patience = Number(value) })
            }}
          >
            {PATIENCE.map(ms => (
              <option key={ms} value={ms}>
                {t(`patience.${ms}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('retry')}{' '}
          <select
            name='retry'
            value={settings.retryWith}
            onChange={event => {
              const { value } = event.currentTarget
              update(state => { state.settings.retryWith = value as 'fresh' | 'same' })
            }}
          >
            {(['fresh', 'same'] as const).map(way => (
              <option key={way} value={way}>
                {t(`retry.${way}`)}
              </option>
            ))}
          </select>
        </label>
        <div class='segments' role='group' aria-label={t('envelope')}>
          <span class='label'>{t('envelope')}</span>
          {(['xml', 'json'] as const).map(format => (
            <button
              key={format}
              type='button'
              aria-pressed={settings.format === format}
              onClick={() => { update(state => { state.settings.format = format }) }}
            >
              {format.toUpperCase()}
            </button>
          ))}
        </div>
        <button type='button' class='quiet' onClick={() => { send([]) }}>{t('verify')}</button>
      </div>
      {[...settings.faults].map(fault => (
        <p key={fault} class='faint about'>
          {t(`fault.${fault}`)}: {t(`fault.${fault}.about`)}
        </p>
      ))}
    </section>
  )
}
