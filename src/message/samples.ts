import type { MessageKey } from './types.js'
import { EVENTS } from './generated/samples/events.js'
import { INFOS } from './generated/samples/infos.js'
import { MESSAGES } from './generated/samples/messages.js'

/** The samples of a kind as WeCom writes them, XML or JSON: for the test kit; no server loads them. */
export function samplesOf (key: MessageKey): readonly string[] {
  return MESSAGES[key] ?? EVENTS[key] ?? INFOS[key] ?? []
}
