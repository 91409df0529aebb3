import { createCodes } from './codes.js'
import type { Incoming, Refusal } from './incoming.js'
import { createKf } from './kf.js'
import { createAppTokens } from './tokens.js'
import type { FakeApi, FakeApiOptions } from './types.js'

/** What the endpoints know, and what a test may do to it. */
export interface Endpoints extends
  Pick<FakeApi, 'sent' | 'expireTokens' | 'receiveKf' | `new${string}` & keyof FakeApi> {
  /** `undefined` where there is no such endpoint. */
  find (path: string): { needs: 'app' | 'nothing', answer: (call: Incoming) => object } | undefined
  /** Why the app's access token is not taken. */
  refuse (token: string | undefined): Refusal | undefined
}

export type Identity = Pick<FakeApi, 'settings' | 'suite'>

/**
 * The endpoints that are played. Numbers are those of WeCom's pages, save 41050, 95007 and the 40058 of a
 * response_code: when these come is not certain.
 */
export function createEndpoints ({ settings, suite }: Identity, options: FakeApiOptions): Endpoints {
  const { members, tokenLifetime = 7_200_000, welcomeLifetime = 20_000, pageSize = 1_000 } = options
  const tokens = createAppTokens(settings, tokenLifetime)
  const kf = createKf(pageSize)
  const welcomes = createCodes<true>('welcome', welcomeLifetime)
  const tickets = createCodes<true>('ticket', 30 * 60_000)
  const suiteTokens = createCodes<true>('suite', 7_200_000)
  const authCodes = createCodes<string>('auth', 10 * 60_000)
  const responses = createCodes<true>('response', 72 * 3_600_000)
  const sent: Array<Record<string, unknown>> = []

  function send ({ body }: Incoming): object {
    const { touser, agentid, msgtype } = body
    if (agentid !== settings.agentId) return { errcode: 40056, errmsg: 'invalid agentid' }
    if (typeof msgtype !== 'string' || !(msgtype in body)) return { errcode: 40008, errmsg: 'invalid message type' }
    const users = typeof touser === 'string' ? touser.split('|').filter(user => user !== '') : []
    const strangers = users.filter(user => members?.includes(user) === false)
    if (users.length === strangers.length) return { errcode: 81013, errmsg: 'user & party & tag all invalid' }
    sent.push({ ...body })
    return {
      errcode: 0,
      errmsg: 'ok',
      msgid: `msg${sent.length}`,
      ...(strangers.length > 0 ? { invaliduser: strangers.join('|') } : {}),
      ...(msgtype === 'template_card' ? { response_code: responses.issue(true) } : {})
    }
  }

  function welcome ({ body }: Incoming): object {
    if (welcomes.take(body.welcome_code) === true) return OK
    return welcomes.knows(body.welcome_code)
      ? { errcode: 41051, errmsg: 'externaluser has started chatting' }
      : { errcode: 41050, errmsg: 'invalid welcome_code' }
  }

  function updateCard ({ body }: Incoming): object {
    if (body.agentid !== settings.agentId) return { errcode: 40056, errmsg: 'invalid agentid' }
    return responses.take(body.response_code) === true ? OK : { errcode: 40058, errmsg: 'invalid response_code' }
  }

  function suiteToken ({ body }: Incoming): object {
    if (body.suite_id !== suite.suiteId) return { errcode: 40083, errmsg: 'invalid suite_id' }
    if (body.suite_secret !== suite.suiteSecret) return { errcode: 40080, errmsg: 'invalid suite_secret' }
    if (tickets.look(body.suite_ticket) === undefined) return { errcode: 40085, errmsg: 'invalid suite_ticket' }
    return { ...OK, suite_access_token: suiteTokens.issue(true), expires_in: 7_200 }
  }

  function permanentCode ({ query, body }: Incoming): object {
    const { suite_access_token: token } = query
    if (suiteTokens.look(token) === undefined) return { errcode: 40082, errmsg: 'invalid suite_token' }
    const corpid = authCodes.take(body.auth_code)
    if (corpid === undefined) return { errcode: 40078, errmsg: 'invalid auth_code' }
    return { permanent_code: `permanent-${corpid}`, auth_corp_info: { corpid, corp_name: '测试企业' } }
  }

  const played: Record<string, ReturnType<Endpoints['find']>> = {
    gettoken: { needs: 'nothing', answer: ({ query }) => tokens.gettoken(query) },
    'message/send': { needs: 'app', answer: send },
    'message/update_template_card': { needs: 'app', answer: updateCard },
    'kf/sync_msg': { needs: 'app', answer: ({ body }) => kf.sync(body) },
    'externalcontact/send_welcome_msg': { needs: 'app', answer: welcome },
    'service/get_suite_token': { needs: 'nothing', answer: suiteToken },
    'service/get_permanent_code': { needs: 'nothing', answer: permanentCode }
  }

  return {
    sent,
    find: path => Object.hasOwn(played, path) ? played[path] : undefined,
    refuse: token => tokens.refuse(token),
    expireTokens () { tokens.expire() },
    receiveKf: (openKfId, messages) => kf.receive(openKfId, messages),
    newWelcomeCode: () => welcomes.issue(true),
    newSuiteTicket: () => tickets.issue(true),
    newAuthCode: corpId => authCodes.issue(corpId),
    newResponseCode: () => responses.issue(true)
  }
}

const OK = { errcode: 0, errmsg: 'ok' }
