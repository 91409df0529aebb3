import { either } from './either.js'
import type { Cause } from './faults.js'
import type { Outcome } from './outcome.js'

type Answer = NonNullable<Outcome['answer']>

/** Who answers in place of the app, told by its own words or headers; `undefined` where nobody known does. */
export function knownFront (answer: Answer): Cause | undefined {
  const text = answer.text.slice(0, 50_000)
  return FRONTS.find(({ is }) => is(answer, text))?.cause(answer)
}

interface Front {
  is (answer: Answer, text: string): boolean
  cause (answer: Answer): Cause
}

const says = (pattern: RegExp) => (_answer: Answer, text: string) => pattern.test(text)
const blocked = (what: string, fix: string) => () => ({ code: 'blocked' as const, what, fix })
const unreachable = (what: string, fix: string) => () => ({ code: 'unreachable' as const, what, fix })

const EXEMPT =
  "Exempt the callback's path from it (no challenge, no login, no inspection of body or query): WeCom is no browser; " +
  'the signature is what protects this path.'

const CHALLENGE = either(
  /just a moment\.\.\.|checking (if the site connection|your browser)|enable javascript and cookies/i,
  /attention required!|challenge-platform|cf-(chl|error|browser-verification)|_Incapsula_|Incapsula incident/i,
  /acw_sc__v2|Security Checkpoint|verify you are (a )?human/i
)

const FIREWALL = either(
  /errors\.aliyun\.com|访问被阻断|潜在威胁|网站管理员设置拦截|\bwaf\b|防火墙|SafeLine|拦截|Sucuri|ModSecurity/is,
  /Not Acceptable!|The requested URL was rejected|Access Denied.{0,400}Reference ?(#|&#35;)/is,
  /错误代码.{0,40}(拦截|安全)|has been blocked|error code: 10(05|06|07|08|09|10|12|15|20)\b/is
)

const NO_UPSTREAM = either(
  /upstream connect error|no healthy upstream|no available server|bad gateway|gateway time-?out/i,
  /connection refused|ECONNREFUSED/i
)

const FRONTS: readonly Front[] = [
  {
    is: says(
      either(
        /ERR_NGROK_(3200|3004|8012|334|3208)|Faithfully yours, frp|Tunnel .{0,120}not found/is,
        /\b(natapp|cpolar)\b.{0,300}(not found|offline|未启动)|error code: ?(1016|1033)|Cloudflare Tunnel error/is
      )
    ),
    cause: unreachable(
      'A tunnel answers with a page of its own: it has no client, or no server behind it, for this host.',
      "Start the tunnel's client and the server, and compare host name and port with the tunnel's settings."
    )
  },
  {
    is: ({ headers }, text) =>
      headers['ngrok-error-code'] !== undefined ||
      /ERR_NGROK_|ngrok-skip-browser-warning|loca\.lt|tunnel password/i.test(text),
    cause: blocked(
      'A tunnel answers with a page of its own (a warning to visitors, or an error) instead of passing the request on.',
      'Use a tunnel, or a plan of it, without such a page: WeCom calls itself Mozilla/4.0 and cannot click.'
    )
  },
  {
    // Nearly every Chinese site has its number of 备案 in the footer: that alone says nothing.
    is: ({ headers, status }, text) =>
      /webblock|beian/i.test(headers.location ?? '') ||
      (status >= 400 && text.includes('备案')) ||
      /未(完成)?备案|备案.{0,20}(无法|不能|未完成|阻断|拦截)/.test(text) ||
      /Non-compliance ICP|TestPage18\d|dnspod\.qcloud\.com\/static\/webblock/i.test(text),
    cause: blocked(
      'The hosting provider answers with its page on registration (ICP 备案): the domain is not, or no longer, ' +
        'registered there, so nothing gets through to the app.',
      'Register the domain with this provider (接入备案), or use a domain and an address that are registered.'
    )
  },
  {
    is: ({ headers, status }, text) =>
      headers['cf-mitigated'] !== undefined ||
      headers['x-amzn-waf-action'] !== undefined ||
      headers['x-datadome'] !== undefined ||
      (status === 202 && /awswaf/i.test(text)) ||
      CHALLENGE.test(text) ||
      (status >= 400 && /captcha|人机(身份)?验证|滑动验证|安全验证/i.test(text)) ||
      (/^\s*(<html>\s*)?(<head>\s*)?<script/i.test(text) &&
        /document\.cookie|location\.(reload|href|replace)/.test(text)),
    cause: blocked(
      'A challenge for browsers (CDN, WAF) answers instead of the app: WeCom runs no scripts and solves no captcha.',
      EXEMPT
    )
  },
  {
    is: ({ headers, status }, text) =>
      status >= 400 &&
      (FIREWALL.test(text) || /waf|safeline/i.test(headers.server ?? '')),
    cause: ({ status }) => ({
      code: 'blocked',
      what: `A web application firewall refuses the request (${status}) before it gets to the app.`,
      fix: EXEMPT
    })
  },
  {
    is: says(
      either(
        /plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled/i,
        /Client sent an HTTP request to an HTTPS server/i
      )
    ),
    cause: () => ({
      code: 'tls',
      what: 'HTTP was sent to a port that speaks HTTPS.',
      fix: 'Use https:// in the URL, here and in the console.'
    })
  },
  {
    is: ({ status }, text) =>
      (status >= 520 && status <= 527) ||
      status === 530 ||
      (status >= 500 && NO_UPSTREAM.test(text)),
    cause: ({ status }) => ({
      code: 'unreachable',
      what: `A proxy answers ${status}: it does not get through to the server behind it.`,
      fix: 'Start the server, and compare its address (and protocol) with the one the proxy is set to.'
    })
  },
  {
    is: ({ status }) => status === 429,
    cause: blocked(
      'Too many requests (429): a limit on the rate refuses them, this one already.',
      "Exempt the callback's path from the limit, or raise it far above what WeCom sends: messages come in bursts, " +
        "and each that is refused comes again. Then run doctor again, after the limit's window."
    )
  },
  {
    is: ({ status }) => [413, 414, 431].includes(status),
    cause: ({ status }) => ({
      code: 'blocked',
      what: `The request is refused as too large (${status}), though it has no more than a kilobyte or two.`,
      fix: 'Raise the limit of the proxy or framework (nginx: client_max_body_size, large_client_header_buffers): ' +
        'WeCom sends kilobytes.'
    })
  },
  {
    is: ({ status }) => [407, 451, 511].includes(status),
    cause: ({ status }) => ({
      code: 'blocked',
      what: `A proxy or a network refuses the request (${status}) before it gets to the app.`,
      fix: EXEMPT
    })
  },
  {
    is: ({ status }, text) =>
      (status === 401 || status === 403 || status === 400) &&
      /<center>(<h1>)?.{0,60}<\/center>.{0,80}<center>(nginx|openresty|tengine|cloudfront|stgw|[\w.-]*waf)/is.test(
        text
      ),
    cause: ({ status }) => ({
      code: 'blocked',
      what: `The web server in front (nginx or its kin) answers ${status} itself, with its own page: the request ` +
        'does not get to the app.',
      fix: 'Look into its error log: a rule (deny, auth_request, a missing proxy_pass) stands in front of this path. ' +
        'Pass the path on to the app.'
    })
  }
]
