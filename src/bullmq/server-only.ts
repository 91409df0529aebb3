import type { CallbackContext } from '../delivery/context.js'
import { wecomError } from '../errors.js'

/** What a context offers that needs the server: its stores, its credentials. A worker has neither. */
export const serverOnly: Pick<CallbackContext, 'respond' | 'openMedia' | 'stopStreams'> = {
  respond: refused('context.respond()', 'Post to response_url yourself, once, or send with the message API.'),
  openMedia: refused('context.openMedia()', 'Use openMedia(url, { aesKey }) with the EncodingAESKey of the bot.'),
  stopStreams: refused('context.stopStreams()', 'Let the server handle what stops streams: see accept of the inbox.')
}

function refused (what: string, fix: string) {
  return async (): Promise<never> => {
    throw wecomError('WECOM_NOT_A_CALLBACK', {
      expected: `${what} to be used in the handler of a server`,
      got: 'the worker of an inbox',
      fix
    })
  }
}
