import { DEFAULT_TEXTS } from './default-texts.js'
import type { StreamTexts } from './options.js'
import type { StreamOptions } from './source/stream-options.js'

/** The options of a stream with all defaults filled in. */
export interface StreamSettings extends Pick<StreamOptions, 'show' | 'feedback' | 'onEnd'> {
  placeholder: string
  thinking: 'leading' | 'all' | false
  rest: 'respond' | 'cut'
  life: number
  texts: StreamTexts
}

const DEFAULTS: StreamSettings = {
  placeholder: '',
  thinking: 'leading',
  rest: 'respond',
  // WeCom polls for six minutes.
  life: 330_000,
  texts: DEFAULT_TEXTS
}

/** The options over what holds without them; what is undefined is not given. */
export function settingsOf (base: StreamSettings | undefined, options: StreamOptions = {}): StreamSettings {
  const { texts, ...defaults } = base ?? DEFAULTS
  return { ...defaults, ...given(options), texts: { ...texts, ...given(options.texts ?? {}) } } as StreamSettings
}

function given (options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
