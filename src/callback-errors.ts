import { isWecomError, rejectionText, wordFor } from './bare-error.js'
import { wecomError, type WecomError } from './errors.js'

export function handlerFailed (kind: string, ranHere: boolean, error: unknown): WecomError {
  const got = isWecomError(error)
    ? `${error.code} (${error.message.replace(/\.$/, '')})`
    : ranHere ? `an exception (${wordFor(error)})` : 'a failure in another request of this message'
  return wecomError('WECOM_HANDLER_FAILED', { expected: `the handler to answer a message of kind ${kind}`, got, fix: 'WeCom got 500 and will send the message again.', cause: error })
}

export function parserBypassed (cause?: unknown): WecomError {
  return wecomError('WECOM_PARSER_BYPASSED', {
    expected: 'this plugin to read the body',
    got: 'a body that another parser reads, or none',
    fix: 'A hook of the app looks at request.mediaType before the body is read, or this scope removed all content type parsers: leave the callback route out of it, or give the plugin a handler.',
    cause
  })
}

/** `reply.encrypted()` twice, or `reply.send()` after it. */
export function replyRepeated (): WecomError {
  return wecomError('WECOM_REPLY_REPEATED', { expected: 'one answer to a message', got: 'a second one', fix: 'reply.encrypted() is the whole answer; WeCom takes one, send further messages by the message API.' })
}

export function shuttingDown (): WecomError {
  return wecomError('WECOM_SHUTTING_DOWN', { expected: 'a server that is running', got: 'one that closes', fix: 'WeCom got 503 and will send the message again.' })
}

export function inboxUnavailable (cause: unknown): WecomError {
  if (isWecomError(cause)) return cause
  return wecomError('WECOM_INBOX_UNAVAILABLE', {
    expected: 'the inbox to take the message',
    got: rejectionText(cause),
    fix: 'WeCom got 503 and will send the message again. Look at the queue (Redis?).',
    cause
  })
}

/** Fastify's own answer would name fields of the decrypted message. */
export function schemaMismatch (): WecomError {
  return wecomError('WECOM_MESSAGE_INVALID', {
    expected: 'a message that fits the schema of the route',
    got: 'another',
    fix: 'WeCom sends many kinds to one URL: check single kinds in the handler, or give the route an errorHandler to see the details.'
  })
}
