import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { decryptRaw, sign as sha1 } from '../support/wecom-aes.js'
import { wecomSettings } from './mistakes.js'

// Servers that are no callback of this package, and mostly none at all: what a URL leads to where something is set up wrongly. Plain
// node:http and node:crypto. One more server is one more entry.

/** A request as a server sees it. */
export interface Seen {
  request: IncomingMessage
  response: ServerResponse
  get: boolean
  path: string
  /** The query, decoded once. */
  query: URLSearchParams
  /** The query as it came. */
  raw: string
  body: string
}

export interface ForeignServer {
  name: string
  /** The doctor's first verdict; `ok` where it must find nothing. */
  code: string
  serve: (seen: Seen) => void
  /** Words of its `what`. */
  says?: RegExp
  /** Codes that must be among the alternatives. */
  alternatives?: string[]
  /** Codes that must be among the further faults. */
  also?: string[]
  args?: string[]
}

export function startForeign ({ serve }: ForeignServer): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const [path = '', raw = ''] = (request.url ?? '').split('?')
      serve({ request, response, get: request.method === 'GET', path, query: new URLSearchParams(raw), raw, body: Buffer.concat(chunks).toString() })
    })
  })
}

const page = (title: string, body = '') => `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`
const nginx = (title: string) => `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n`
const always = (status: number, body: string, headers: Record<string, string> = {}) => ({ response }: Seen) => { response.writeHead(status, headers).end(body) }
const html = (status: number, body: string, headers: Record<string, string> = {}) => always(status, body, { 'content-type': 'text/html; charset=utf-8', ...headers })
const json = (status: number, value: unknown) => always(status, JSON.stringify(value), { 'content-type': 'application/json' })

const { token, encodingAESKey, receiveId } = wecomSettings

/** Opens as the samples of the official libraries do. */
function open (encrypted: string, id = receiveId, encoded = encodingAESKey): string {
  const plain = decryptRaw(encoded, encrypted)
  const content = plain.subarray(16, plain.length - (plain.at(-1) ?? 0))
  const length = content.readUInt32BE(0)
  if (length + 4 > content.length || content.subarray(4 + length).toString() !== id) throw new Error('-40005')
  return content.subarray(4, 4 + length).toString()
}

const encryptOf = (body: string) => /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body)?.[1] ?? ''
const signs = ({ query }: Seen, encrypted: string, secret = token) => sha1(secret, query.get('timestamp') ?? '', query.get('nonce') ?? '', encrypted) === query.get('msg_signature')

interface Callback {
  token?: string
  key?: string
  id?: string
  /** What the code takes for echostr. */
  echostr?: (seen: Seen) => string
  echo?: (echo: string, seen: Seen) => void
  refuse?: (seen: Seen) => void
  post?: (seen: Seen) => void
  unsigned?: boolean
}

/** A callback that works, but for what is said. */
const callback = ({ token: secret = token, key = encodingAESKey, id = receiveId, echostr, echo, refuse = always(403, 'forbidden'), post, unsigned = false }: Callback = {}) => (seen: Seen) => {
  const { get, query, response, body } = seen
  if (!get && post !== undefined) { post(seen); return }
  const encrypted = get ? echostr?.(seen) ?? query.get('echostr') ?? '' : encryptOf(body)
  if (!unsigned && !signs(seen, encrypted, secret)) { refuse(seen); return }
  try {
    const text = open(encrypted, id, key)
    if (!get) response.end()
    else if (echo === undefined) response.end(text)
    else echo(text, seen)
  } catch {
    refuse(seen)
  }
}

/** Verified by GET; what its POST does is another thing. */
const posting = (post: (seen: Seen) => void) => callback({ post })

const CHALLENGE = page('Just a moment...', '<noscript>Enable JavaScript and cookies to continue</noscript>')
const HINTS = ['wrong-token', 'wrong-key', 'wrong-receive-id']

export const FOREIGN: ForeignServer[] = [
  // Somebody in front.
  { name: 'a challenge of a CDN (403)', code: 'blocked', serve: html(403, CHALLENGE, { 'cf-mitigated': 'challenge', server: 'cloudflare' }), says: /challenge for browsers/ },
  { name: 'a challenge of a CDN (503)', code: 'blocked', serve: html(503, CHALLENGE) },
  { name: 'a challenge by script (200)', code: 'blocked', serve: html(200, "<html><script>var arg1='8A3D';document.cookie='acw_sc__v2='+arg1;location.reload()</script></html>") },
  { name: 'a captcha page', code: 'blocked', serve: html(405, page('人机验证', '请完成安全验证')) },
  { name: 'a page on registration (ICP)', code: 'blocked', serve: html(403, page('TestPage184', '该网站暂时无法进行访问：该网站未根据工信部相关法规进行备案')), says: /备案/ },
  { name: 'a redirect to a page on registration', code: 'blocked', serve: always(302, '', { location: 'https://dnspod.qcloud.com/static/webblock.html?d=example.invalid' }), says: /备案/ },
  { name: 'a firewall that knows no HTML (405)', code: 'blocked', serve: html(405, page('405', '很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。<a href="https://errors.aliyun.com">')), says: /firewall/ },
  { name: 'a firewall of a panel', code: 'blocked', serve: html(403, page('网站防火墙', '您的请求带有不合法参数，已被网站管理员设置拦截！')) },
  { name: 'nginx that denies', code: 'blocked', serve: html(403, nginx('403 Forbidden')), says: /nginx/ },
  { name: 'a page of nobody known, 403 everywhere', code: 'blocked', serve: html(403, page('Forbidden')), says: /"Forbidden"/, alternatives: HINTS },
  { name: 'a page of nobody known, 400 everywhere', code: 'blocked', serve: html(400, page('Bad Request')), alternatives: HINTS },
  { name: 'a page of nobody known, 418 with a number of its own', code: 'blocked', serve: ({ response }) => { response.writeHead(418, { 'content-type': 'text/html' }).end(page('Sorry', `<p>${Math.random()}</p>`)) } },
  { name: 'a limit on the rate', code: 'blocked', serve: json(429, { error: 'Too Many Requests' }), says: /429/ },
  { name: 'a limit on the size', code: 'blocked', serve: html(413, nginx('413 Request Entity Too Large')), says: /too large/ },
  { name: 'a tunnel\'s warning', code: 'blocked', serve: html(200, page('ngrok', 'You are about to visit … ERR_NGROK_6024'), { 'ngrok-error-code': 'ERR_NGROK_6024' }), says: /tunnel/i },
  { name: 'a tunnel that is offline', code: 'unreachable', serve: html(404, page('ngrok', 'The endpoint is offline. ERR_NGROK_3200')), says: /tunnel/ },
  { name: 'frp without a client', code: 'unreachable', serve: html(404, page('Not Found', '<p>The page you requested was not found.</p><p><em>Faithfully yours, frp.</em></p>')), says: /tunnel/ },
  { name: 'a CDN that finds its origin down', code: 'unreachable', serve: html(521, page('Web server is down')) },
  { name: 'a mesh without an upstream', code: 'unreachable', serve: always(503, 'upstream connect error or disconnect/reset before headers. reset reason: connection failure') },
  { name: 'HTTP at a port for HTTPS', code: 'tls', serve: html(400, nginx('400 The plain HTTP request was sent to HTTPS port')) },

  // Somebody else's page.
  { name: 'the welcome page of nginx', code: 'not-found', serve: html(200, page('Welcome to nginx!')), says: /Welcome to nginx/ },
  { name: 'a fragment of a page', code: 'not-found', serve: html(200, '<script src="/app.js"></script><div id="root"></div>'), says: /HTML/ },
  { name: 'a site with its registration in the footer', code: 'not-found', serve: html(200, page('某公司', '<footer>备案号：京ICP备00000000号</footer>')) },
  { name: 'a login that redirects', code: 'not-found', serve: always(302, '', { location: '/login?next=%2Fwecom' }), says: /redirects/ },
  { name: 'a login with a password', code: 'not-found', serve: html(200, page('Sign in', '<form><input type="password"></form>')) },
  { name: 'nginx without the path', code: 'not-found', serve: html(404, nginx('404 Not Found')), says: /404/ },
  { name: 'a server that knows neither method (501)', code: 'not-found', serve: html(501, page('Unsupported method')), says: /Neither GET nor POST/ },
  { name: 'a server that knows neither method (405)', code: 'not-found', serve: always(405, '') },

  // One answer to everything.
  { name: 'ok to everything', code: 'fixed-answer', serve: always(200, 'ok'), says: /"ok"/, alternatives: HINTS },
  { name: 'nothing to everything', code: 'fixed-answer', serve: always(200, ''), says: /empty/ },
  { name: '{"errcode":0} to everything', code: 'fixed-answer', serve: json(200, { errcode: 0, errmsg: 'ok' }) },
  { name: 'success to everything', code: 'fixed-answer', serve: always(200, 'success') },
  { name: '204 to everything', code: 'fixed-answer', serve: always(204, ''), says: /204/ },
  { name: 'a health check with the time', code: 'fixed-answer', serve: ({ response }) => { response.end(JSON.stringify({ status: 'up', now: new Date().toISOString() })) } },
  { name: 'a debugging server that repeats the request', code: 'fixed-answer', serve: ({ request, response, query }) => { response.end(JSON.stringify({ args: Object.fromEntries(query), url: request.url })) }, says: /repeats the request/ },

  // Refusals that say nothing.
  { name: '{"code":401} to everything', code: 'refused', serve: json(401, { code: 401, message: 'Unauthorized' }), alternatives: HINTS },
  { name: 'an error number of another API to everything', code: 'refused', serve: json(200, { errcode: 40001, errmsg: 'invalid credential' }), alternatives: HINTS },
  { name: 'a gateway that misses a signature of its own', code: 'refused', serve: json(403, { message: 'Missing Authentication Token: signature required' }), alternatives: HINTS },
  { name: 'an object store', code: 'refused', serve: always(403, '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', { 'content-type': 'application/xml' }), alternatives: HINTS },
  { name: '500 to everything', code: 'refused', serve: json(500, { error: 'Internal Server Error' }), alternatives: ['handler-failed', ...HINTS] },
  { name: 'an app with another token that says 403', code: 'refused', serve: callback({ token: 'another' }), alternatives: HINTS },
  { name: 'an app with another key that says 403', code: 'refused', serve: callback({ key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFA' }), alternatives: HINTS },
  { name: 'an app with another receiveId that says 403', code: 'refused', serve: callback({ id: 'wwffffffffffffffff' }), alternatives: HINTS },
  { name: 'an app with another token whose framework says it in HTML', code: 'refused', serve: seen => { seen.path === '/wecom/callback' ? callback({ token: 'another', refuse: html(403, page('403 Forbidden')) })(seen) : html(404, page('404 Not Found'))(seen) }, alternatives: HINTS },
  { name: 'an app with another token that names the check', code: 'wrong-token', serve: callback({ token: 'another', refuse: always(200, '-40001') }) },
  { name: 'an app with another token that explains itself', code: 'wrong-token', serve: seen => { seen.raw === '' ? always(400, 'parameters missing')(seen) : callback({ token: 'another', refuse: always(401, 'invalid signature') })(seen) } },
  { name: 'an app whose receiveId has a blank at its end', code: 'wrong-receive-id', serve: callback({ id: `${receiveId} ` }), says: /"wwcorp "/ },
  { name: 'an app that answers refusals with nothing, and has a blank in its token', code: 'wrong-token', serve: callback({ token: `${token} `, refuse: always(200, '') }), says: /blank/ },

  // Queries and modes.
  { name: 'a query that nobody decodes', code: 'query-encoding', serve: callback({ echostr: ({ raw }) => /echostr=([^&]*)/.exec(raw)?.[1] ?? '' }) },
  { name: 'an echostr encoded twice by a proxy', code: 'query-encoding', serve: callback({ echostr: ({ query }) => encodeURIComponent(query.get('echostr') ?? '') }) },
  { name: 'a plus that becomes a blank', code: 'plus-lost', serve: callback({ echostr: ({ query }) => (query.get('echostr') ?? '').replaceAll('+', ' ') }) },
  { name: 'plain-text mode of an official account', code: 'plain-mode', serve: ({ response, query }) => { sha1(token, query.get('timestamp') ?? '', query.get('nonce') ?? '') === query.get('signature') ? response.end(query.get('echostr')) : response.writeHead(403).end('bad') }, says: /明文模式/ },

  // Echoes.
  { name: 'echostr itself, to anybody', code: 'echo-wrapped', serve: ({ response, get, query }) => { response.end(get ? query.get('echostr') : '') }, says: /not decrypted/ },
  { name: 'echostr itself, in JSON', code: 'echo-wrapped', serve: ({ response, get, query }) => { response.end(get ? JSON.stringify({ echostr: query.get('echostr') }) : '') }, says: /not decrypted/ },
  { name: 'an echo in quotes', code: 'echo-wrapped', serve: callback({ echo: (echo, { response }) => response.end(JSON.stringify(echo)) }), says: /quotes/ },
  { name: 'an echo in JSON', code: 'echo-wrapped', serve: callback({ echo: (echo, { response }) => response.end(JSON.stringify({ errcode: 0, data: echo })) }), says: /JSON/ },
  { name: 'an echo with a BOM', code: 'echo-wrapped', serve: callback({ echo: (echo, { response }) => response.end(`\uFEFF${echo}`) }), says: /BOM/ },
  { name: 'an echo with a line break', code: 'echo-wrapped', serve: callback({ echo: (echo, { response }) => response.end(`${echo}\r\n`) }), says: /line break/ },
  { name: 'an echo with 204 or the like', code: 'echo-wrapped', serve: callback({ echo: (echo, { response }) => response.writeHead(202).end(echo) }), says: /202/ },
  { name: 'a slow echo', code: 'echo-slow', serve: callback({ echo: (echo, { response }) => { setTimeout(() => response.end(echo), 1300) } }) },

  // Nobody checks.
  { name: 'no signature is checked, by GET and POST', code: 'signature-not-checked', serve: callback({ unsigned: true }), also: ['not-checked'] },
  { name: 'no signature of a message is checked', code: 'not-checked', serve: posting(always(200, '')), says: /forged/ },
  { name: 'success to every message', code: 'not-checked', serve: posting(always(200, 'success')) },
  { name: '{"errcode":0} to every message', code: 'fixed-answer', serve: posting(json(200, { errcode: 0 })), alternatives: ['body-parser', 'not-checked'] },
  { name: '204 to every message', code: 'reply-status', serve: posting(always(204, '')), also: ['not-checked'] },
  { name: '202 to a genuine message', code: 'reply-status', serve: posting(seen => { signs(seen, encryptOf(seen.body)) ? always(202, 'accepted')(seen) : always(401, 'no')(seen) }) },

  // POST only.
  { name: 'a firewall against XML', code: 'blocked', serve: posting(html(403, page('403', 'Request blocked by WAF'))), says: /firewall/ },
  { name: 'a page with 403 to every POST', code: 'blocked', serve: posting(html(403, page('Forbidden'))), alternatives: ['body-parser'] },
  { name: 'a limit on the size of a POST', code: 'blocked', serve: posting(always(413, '')) },
  { name: 'a role check for POST', code: 'refused', serve: posting(json(401, { code: 401 })), alternatives: ['blocked', 'body-parser'] },
  { name: 'a POST that nobody serves (501)', code: 'method', serve: posting(always(501, '')) },

  { name: 'a callback as it should be', code: 'ok', serve: callback() }
]
