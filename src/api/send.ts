import { invalidReply } from '../reply/invalid.js'
import { optionInvalid } from '../support/options.js'
import { WecomApiError } from './error.js'
import { toMessage } from './message.js'
import type { ApiRecipient, SendResult, WecomApi } from './types.js'

/** Of which app, and how. */
export interface SenderOptions {
  call: WecomApi['call']
  corpId: string | undefined
  agentId: number | undefined
}

/** See `WecomApi.send`. */
export function createSender ({ call, corpId, agentId }: SenderOptions): WecomApi['send'] {
  return async (reply, to) => {
    if (agentId === undefined || corpId === undefined) {
      throw optionInvalid(
        'createWecomApi to be given corpId, secret and agentId where send is used',
        corpId === undefined ? 'no corpId' : 'no agentId',
        'agentId stands on the page of the app in the console, beside its secret.'
      )
    }
    const { kind, receiveId, sender } = (to ?? {}) as Partial<ApiRecipient>
    const { message, userId } = toMessage(reply, kind)
    const touser = checkReceiver(userId ?? sender)
    // In another corp the same userid is somebody else. A bot has no receiveId.
    if (receiveId !== undefined && receiveId !== '' && receiveId !== corpId) {
      throw invalidReply({
        expected: 'a message to the corp of this API',
        got: 'one to another',
        fix: 'Make an API for each corp, and choose it by context.receiveId.'
      })
    }
    const result = await call<SendResult & { invaliduser?: string, unlicenseduser?: string }>('message/send', {
      touser, agentid: agentId, ...message
    })
    // WeCom says 0 all the same.
    if (filled(result.invaliduser) || filled(result.unlicenseduser)) {
      throw new WecomApiError({
        path: 'message/send',
        got: `0 with the receiver among ${filled(result.invaliduser) ? 'invaliduser' : 'unlicenseduser'}`,
        errcode: 81013,
        status: 200,
        mayHaveArrived: false
      })
    }
    return result
  }
}

function filled (value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

const NO_MEMBER = ['sys', '@all']

/** One member: `@all` and lists would tell others what somebody asked. */
function checkReceiver (userId: unknown): string {
  if (typeof userId === 'string' && /^[\w.@-]{1,64}$/.test(userId) && !NO_MEMBER.includes(userId)) return userId
  const nobody = userId === undefined || userId === '' || userId === 'sys'
  throw invalidReply({
    expected: 'a message that a member sent',
    got: userId === 'sys' ? 'one of the system' : nobody ? 'one without a sender' : 'a receiver that is not a userid',
    fix: nobody
      ? "Nobody waits for this reply: return nothing, or write to someone with call('message/send', { touser, … })."
      : "For several receivers use call('message/send', { touser, … })."
  })
}
