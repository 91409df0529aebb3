import type { WecomCredentials } from '../credentials/types.js'
import { checkDuration, checkNames, checkUnit, optionInvalid, show } from '../support/options.js'

/** What `createReceiver` takes. Durations are in milliseconds. */
export interface ReceiverOptions {
  /**
   * The settings of the callback URL, several of them, or a function of the unauthenticated hint.
   *
   * @example credentials: { token, encodingAESKey, receiveId: corpId }
   */
  credentials: WecomCredentials
  /**
   * How far a request's timestamp may be from this server's clock. `Infinity` turns the check off. Default 300 000 ms.
   *
   * @example timestampTolerance: 600_000
   */
  timestampTolerance?: number | undefined
  /**
   * How long a credentials function or an async receiveId predicate may take. Default 800 ms.
   *
   * @example resolveTimeout: 500
   */
  resolveTimeout?: number | undefined
}

/** Checks what a receiver is given, once, and fills in the defaults. */
export function checkReceiverOptions (options: ReceiverOptions): {
  [Name in keyof ReceiverOptions]-?: Exclude<ReceiverOptions[Name], undefined>
} {
  checkNames('createReceiver', options, ['credentials', 'timestampTolerance', 'resolveTimeout'])
  const { credentials, timestampTolerance = 300_000, resolveTimeout = 800 } = options ?? {}
  return {
    credentials,
    timestampTolerance: timestampTolerance === Infinity ? Infinity : checkTolerance(timestampTolerance),
    resolveTimeout: checkUnit('resolveTimeout', checkDuration('resolveTimeout', resolveTimeout), 20)
  }
}

function checkTolerance (value: unknown): number {
  if (typeof value !== 'number' || !(value > 0)) {
    throw optionInvalid(
      'timestampTolerance to be milliseconds above 0, or Infinity',
      show(value),
      'Leave it out for 300 000 (five minutes).'
    )
  }
  return checkUnit('timestampTolerance', value, 1_000)
}
