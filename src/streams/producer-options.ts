import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import type { StreamResult } from './options.js'
import type { StreamSettings } from './settings.js'
import type { StreamStore } from './store.js'

/** What a producer needs of the message that it answers. */
export interface ProducerOptions {
  store: StreamStore
  /** In the store, and for WeCom. */
  key: string
  id: string
  /** Names this producer in the store. */
  token: string
  conversation: string
  /** When the message came, by `performance.now()`. */
  arrivedAt: number
  defaults: StreamSettings
  /** Sends what did not fit, or came too late, as a message of its own; `undefined` while there is no way for it. */
  readonly respond: ((rest: Rest) => Promise<void>) | undefined
  /** The handler's signal. */
  abortHandler (reason: string): void
  /** The source has failed, whatever has been shown by then. */
  failed (error: unknown): void
  /** Told at each try. */
  storeFails (error: unknown): void
  /** The rest could not be sent. */
  restFails (error: unknown): void
  /** Nothing more will be shown. */
  ended (): void
  /** Everything is done, the rest sent included. Without settings where the stream was another's from the start. */
  over (settings: StreamSettings | undefined, result: StreamResult): void
}

/** What was not shown. */
export interface Rest {
  text: string
  /** Where there is no text. */
  card: AibotTemplateCard | undefined
}
