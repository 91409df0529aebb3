/**
 * What to do about the errors that are met most. Meanings and cures are those of WeCom's page 90313, unless
 * docs/sending.md, which has the same list, says that experience is the source.
 */
export const CURES: Readonly<Record<number, string>> = {
  [-1]: 'WeCom is busy. Try again later, at most three times.',
  40001: 'The secret is wrong. Copy it from the page of the app in the console: each app has its own, without blanks.',
  40003: 'No member has this userid. Check its spelling, and that the member belongs to this corp.',
  40007: 'The media_id is older than three days, from another corp, or of another media type. Upload the file again.',
  40008: 'WeCom does not take this msgtype here. Compare it with the page of the endpoint.',
  40013: 'The corpId is wrong. Copy it from the console (My company, 我的企业); it begins with ww or wx.',
  40014: 'The access token is not valid, and a fresh one did not help. Check that secret belongs to this app.',
  40029: 'The code works once and lives five minutes. Ask for a new one.',
  40056: 'No app has this agentId. Copy the number from the page of the app in the console.',
  40058: 'A parameter is wrong. errmsg names it; compare it with the page of the endpoint.',
  40078: 'The AuthCode works once and lives ten minutes. Use the newest, and exchange it in one place only.',
  40082: 'The suite_access_token is not valid. Get a new one with the newest suite_ticket.',
  40084: 'The permanent code is wrong, belongs to another provider, or the corp has removed the app; then it has to ' +
    'install the app again.',
  40085: 'The suite_ticket has expired (after 30 minutes) or belongs to another suite. Use the newest one that the ' +
    'command URL received.',
  41001: 'The call had no access_token. Give createWecomApi corpId and secret, or put a token into query.',
  41004: 'The call had no secret. Give createWecomApi both corpId and secret.',
  41050: 'The WelcomeCode is not valid: it lives 20 seconds. Send the welcome before all other work.',
  41051: 'The customer has started to chat, or another app has sent its welcome. There is nothing left to send.',
  42001: 'The access token has expired, and a fresh one was refused too. Check that secret belongs to this app.',
  42009: 'The suite_access_token has expired. Get a new one with the newest suite_ticket.',
  43004: 'The member has not linked WeChat: they must sign in to WeCom with WeChat, or follow the corp in WeChat ' +
    '(微工作台).',
  44004: 'The text is empty. Send at least one character.',
  45002: 'The message is too long: a text holds 2048 bytes. Shorten or split it.',
  45009: 'Too many calls of this endpoint. Call it less often and cache results. The block ends after the minute, ' +
    'hour, day or month that the limit counts.',
  45033: 'Too many calls at the same time, often for the same resource. Make fewer at once.',
  48002: 'The app may not call this endpoint. In the console, add it to the apps that may call this API (可调用应用), ' +
    'or use the secret of an app that is there.',
  60011: 'The member, department or tag is outside the visible range of the app. Widen it in the console; to change ' +
    'contacts, use the secret of contact sync (通讯录同步).',
  60020: 'WeCom does not trust this IP. Add the IP in errmsg to the trusted IPs (企业可信IP) on the page of the app, ' +
    'or call through a proxy that has a trusted one (baseUrl).',
  60111: 'No member has this userid. Check its spelling, and that the member belongs to this corp.',
  81013: 'No receiver is within the visible range of the app. Check whether the member was deleted or moved out of ' +
    'it, or has no licence; suites and customised apps need the encrypted userid.',
  82001: 'The message has no receiver. Give touser, toparty or totag.',
  95000: 'No customer-service account has this open_kfid, or the app may not manage it. Check the id, and grant the ' +
    'account to the app in the console.',
  301002: 'The secret belongs to another app than the agentId. Copy both from the same page of the console.'
}

/** WeCom tells group chats (appchat) by numbers of this range. */
const CHATS = 'The group chat was refused. Check chatid, owner and members; an app can use only the chats that it ' +
  'created.'

export function cureFor (errcode: number | undefined): string {
  if (errcode === undefined) return 'Try again later.'
  return CURES[errcode] ?? (errcode >= 86_000 && errcode < 87_000
    ? CHATS
    : `Look it up at https://open.work.weixin.qq.com/devtool/query?e=${errcode}`)
}
