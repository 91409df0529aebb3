import { wecomError, type WecomError } from '../errors.js'
import { isWecomError, rejectionText, wordFor } from '../support/strip-error-details.js'

export function handlerFailed (kind: string, ranHere: boolean, error: unknown): WecomError {
  const got = isWecomError(error)
    ? `${error.code} (${error.message.replace(/\.$/, '')})`
    : ranHere
      ? `an exception (${wordFor(error)})`
      : 'a failure in another request of this message'
  return wecomError('WECOM_HANDLER_FAILED', {
    expected: `the handler to answer a message of kind ${kind}`,
    got,
    fix: 'WeCom got 500 and will send the message again.',
    cause: error
  })
}

/** @param by how the first was given, in the words of the adapter */
export function replyRepeated (by = 'The first'): WecomError {
  return wecomError('WECOM_REPLY_REPEATED', {
    expected: 'one answer to a message',
    got: 'a second one',
    fix: `${by} is the whole answer, and WeCom takes only one: send the rest with the message API.`
  })
}

export function shuttingDown (): WecomError {
  return wecomError('WECOM_SHUTTING_DOWN', {
    expected: 'a server that is running',
    got: 'one that is closing',
    fix: 'WeCom got 503 and will send the message again.'
  })
}

export function inboxUnavailable (cause: unknown): WecomError {
  if (isWecomError(cause)) return cause
  return wecomError('WECOM_INBOX_UNAVAILABLE', {
    expected: 'the inbox to take the message',
    got: rejectionText(cause),
    fix: 'WeCom got 503 and will send the message again. Check the queue (Redis?).',
    cause
  })
}

export function notReceived (): WecomError {
  return wecomError('WECOM_NOT_A_CALLBACK', {
    expected: 'the context that receive() returned',
    got: 'another object',
    fix: 'Pass the object itself, not a copy of it.'
  })
}

/** WeCom takes whatever is no 200 for a failure, and sends the message again. */
export const FAILURE_STATUS = 400

export function isFailure ({ statusCode }: { statusCode: number }): boolean {
  return statusCode >= FAILURE_STATUS
}

export function sentFailure ({ statusCode }: { statusCode: number }): Error {
  return new Error(`the handler answered with status ${statusCode}: a retry of WeCom runs it again`)
}
