/**
 * Names under which secrets and signed values come: WeCom's API and callbacks, HTTP, this package's options; in any
 * case, with _, - or neither.
 */
const NAMES = [
  'token',
  'encoding_?aes_?key',
  'aes_?key',
  'msg_?signature',
  'signature',
  'encrypt',
  'echostr',
  '(?:suite_|provider_|refresh_|user_)?access_?token',
  'refresh_?token',
  'suite_?ticket',
  '(?:jsapi_|user_)?ticket',
  '(?:pre_)?auth_?code',
  'permanent_?code',
  '(?:corp|suite|provider|app)?_?secret',
  'session_?key',
  'welcome_?code',
  'response_?(?:code|url)',
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'x-fastify-wecom-playground'
]
const NAME = `(?:${NAMES.join('|').replaceAll('_?', '[_-]?')})`
/** `"` as it stands in JSON within JSON as well, and the quotes of util.inspect. */
const QUOTE = '\\\\*["\']'

/** A name begins here: also after %3F and %26. */
const BEFORE = '(?:(?<![\\w-])|(?<=%[0-9A-F]{2}))'

/** Whether a field goes by the name of a secret. */
export const secretName = new RegExp(`^${NAME}$`, 'i')

/** What stands before a secret in a text; the secret; what ends it. */
export const namedSecrets: readonly RegExp[] = [
  // XML, with and without CDATA.
  new RegExp(`(<${NAME}>(?:<!\\[CDATA\\[)?)([^<\\]]+)()`, 'gi'),
  // JSON, util.inspect: "name": "value", name: 'value'.
  new RegExp(`(${BEFORE}(?:${QUOTE})?${NAME}(?:${QUOTE})?\\s*[:=]\\s*\\\\*")([^"\\\\]+)()`, 'gi'),
  new RegExp(`(${BEFORE}(?:${QUOTE})?${NAME}(?:${QUOTE})?\\s*[:=]\\s*')([^']+)()`, 'gi'),
  // Headers: the whole line, as cookies and credentials have blanks in them.
  /((?<![\w-])(?:authorization|cookie|set-cookie)\s*:\s*)([^\s"'\\][^\r\n"\\]*)()/gi,
  // Queries, plain and encoded once more.
  new RegExp(`(${BEFORE}${NAME}(?:=|%3D))([^\\s&"'<>\\\\;,)%]+(?:%(?!26)[0-9a-f]{2}[^\\s&"'<>\\\\;,)%]*)*)()`, 'gi'),
  // Error texts: name: value, where the value is long enough to be none of the sentence's words.
  new RegExp(`(${BEFORE}${NAME}\\s*:\\s+)([\\w+/=.%-]{12,})()`, 'gi')
]
