import { types } from 'node:util'
import { optionInvalid } from '../support/options.js'

/**
 * What `accept` said, as true or false. WeCom waits while it is asked, and a promise is true whatever it comes to, so
 * that a message would go to the queue that should not.
 *
 * @throws WecomError WECOM_OPTION_INVALID where it is a promise
 */
export function acceptedBy (name: string, answer: unknown): boolean {
  if (!isThenable(answer)) return Boolean(answer)
  // Nobody else waits for it: its rejection must not end the process.
  ignore(answer).catch(() => {})
  throw promised(name)
}

/** At registration, where it can be seen already. */
export function refuseAsync (name: string, accept: unknown): void {
  if (types.isAsyncFunction(accept)) throw promised(name)
}

function isThenable (value: unknown): boolean {
  try {
    return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
  } catch {
    return false
  }
}

async function ignore (answer: unknown): Promise<void> {
  await answer
}

function promised (name: string): Error {
  return optionInvalid(
    `${name} to return true or false`,
    'a promise',
    'Decide by the kind and the fields of the message, at once; what has to be looked up is for the handler of the ' +
      'worker.'
  )
}
