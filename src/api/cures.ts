/** What to do about the errors that are met most [90313]; docs/sending.md has the same list. */
export const CURES: Readonly<Record<number, string>> = {
  [-1]: 'WeCom is busy: try again later, at most three times.',
  40001: 'Compare secret with the console: it belongs to one app of one corp, without blanks.',
  40003: 'No member has this userid: compare it, and the corp.',
  40007: 'The media_id is of another app or older than three days: upload the file again.',
  40008: 'WeCom does not know this msgtype here.',
  40013: 'Compare corpId with the console (My company, 我的企业): it begins with ww or wx.',
  40014: 'The access token is of another app or is over, and a fresh one did not help: is secret the one of this app?',
  40029: 'The code works once and for minutes: ask for a new one.',
  40056: 'Compare agentId with the page of the app in the console: secret and agentId must be of the same app.',
  40058: 'A parameter is missing or of the wrong type: errmsg names it.',
  40082: 'The suite_access_token is over: get another with the newest suite_ticket.',
  40084: 'The permanent code is wrong or the authorisation was cancelled: ask the corp to install the app again.',
  40085: 'The suite_ticket is over after 30 minutes: keep the newest that the command URL got.',
  41001: 'The call carried no access_token: give createWecomApi corpId and secret, or the token in query.',
  41004: 'The secret is missing.',
  41051: 'The customer has begun to chat, or another app has sent its welcome: it can no longer be sent.',
  42001: 'The access token is over, and a fresh one was refused as well: compare secret with the page of the app.',
  42009: 'The suite_access_token is over: get another with the newest suite_ticket.',
  43004: 'The member has not activated WeCom, or does not follow the corp.',
  44004: 'The text is empty.',
  45002: 'The text is too long.',
  45009: 'Too many calls of this endpoint: call it less often, and cache; the limit ends with its minute, hour or day.',
  45033: 'Too many calls at the same time: make fewer at once.',
  48002: 'The app may not call this endpoint: grant it in the console (the app named under the callers of that API).',
  60011: 'The member, department or tag is outside the visible range of the app: widen it in the console.',
  60020: 'Add the IP that errmsg names to the trusted IPs (企业可信IP) on the page of the app, or call through a proxy ' +
    'that has one (baseUrl).',
  60111: 'No member has this userid: compare it, and the corp.',
  81013: 'No receiver exists in the visible range of the app, or has a licence: look there in the console.',
  82001: 'The receivers are empty or outside the visible range of the app.',
  95000: 'The open_kfid is none, or the app may not manage that account: grant it in the console.',
  301002: 'The app of this secret has another agentId.'
}

/** WeCom tells group chats (appchat) by numbers of this range. */
const CHATS = 'The group chat (chatid, owner or members) is refused: it must be one that this app has made, and its ' +
  'members in the visible range of the app.'

export function cureFor (errcode: number | undefined): string {
  if (errcode === undefined) return 'Try again later.'
  return CURES[errcode] ?? (errcode >= 86_000 && errcode < 87_000
    ? CHATS
    : `Look it up at https://open.work.weixin.qq.com/devtool/query?e=${errcode}`)
}
