import { wecomError, type ErrorText, type WecomError } from '../errors.js'

/** The error of a reply that WeCom would refuse or ignore. */
export function invalidReply (text: ErrorText): WecomError {
  return wecomError('WECOM_REPLY_INVALID', text)
}
