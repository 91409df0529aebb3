import type { Kind } from '../message/kind.js'

/** What composing needs to know of the message that is answered. */
export interface Answered {
  message: AnsweredFields
  kind: Kind
  format: 'xml' | 'json'
}

/** The fields of a message that its reply is tied by; it may have others. */
export interface AnsweredFields {
  /** Sender and receiver of an app's message: they change places. */
  readonly FromUserName?: unknown
  readonly ToUserName?: unknown
  /** A bot's: of `stream` the id is read, of `event` the task_id of `template_card_event`. */
  readonly stream?: unknown
  readonly event?: unknown
  readonly [name: string]: unknown
}
