import type { MessageKey } from '../types.js'
import { EVENTS } from './events.js'
import { INFOS } from './infos.js'
import { MESSAGES } from './messages.js'

/** The samples of a kind as WeCom writes them, XML or JSON: for the test kit, the plugin never loads them. */
export function samplesOf (key: MessageKey): readonly string[] {
  return MESSAGES[key] ?? EVENTS[key] ?? INFOS[key] ?? []
}
