import { either } from './either.js'
import type { Cause } from './faults.js'
import { knownFront } from './front.js'
import type { Outcome } from './outcome.js'

/** The fault where no answer came; `undefined` for time-outs after connecting, which may have several reasons. */
export function noAnswer ({ fault }: Outcome): Cause | undefined {
  if (fault === undefined || (fault.code === 'timeout' && fault.connected)) return undefined
  const code = fault.code === 'tls' ? 'tls' : 'unreachable'
  return { code, what: `${upperFirst(fault.message)}.`, fix: fault.fix }
}

/** The fault where something answers, but not the callback's route. */
export function notReached ({ answer }: Outcome, method: 'GET' | 'POST', url: URL): Cause | undefined {
  if (answer === undefined) return undefined
  const front = knownFront(answer)
  if (front !== undefined) return front
  const { status, headers, text, cut } = answer
  const page = titleOf(text)
  if (status === 404 || status === 410) {
    return {
      code: 'not-found',
      what: `Nothing is at ${url.pathname}: the server answers ${status}${page}.`,
      fix: 'Compare the path of the URL with the route on the server: prefix, trailing slash, upper and lower case, ' +
        'and what a proxy in front strips from it.'
    }
  }
  if (status >= 300 && status < 400) {
    return {
      code: 'not-found',
      what: `The server redirects (${status}) to ${headers.location ?? 'somewhere'}: WeCom does not follow.`,
      fix: 'Enter the address it redirects to in the console (https://, www, trailing slash), or take the login or ' +
        'redirect off this path.'
    }
  }
  if (status === 405 || status === 501) {
    return {
      code: 'method',
      what: `The path exists, but not for ${method} (${status}).`,
      fix: `WeCom verifies the URL by GET and sends messages by POST, both at the same path: add a ${method} route.`
    }
  }
  if (cut) {
    return {
      code: 'not-found',
      what: 'The answer is larger than 8 MB: something other than a callback is at this path.',
      fix: 'Compare the path with the route on the server.'
    }
  }
  if (status === 200 && isHtml(text)) {
    return {
      code: 'not-found',
      what: `The answer is an HTML page${page}: the request does not get to the callback's route but to a web site, ` +
        'a login or a single-page app.',
      fix: 'Compare the path with the route on the server, and let the proxy in front pass this path to it (before ' +
        'the rule that serves index.html).'
    }
  }
  if (status === 502 || status === 504 || (status === 503 && isHtml(text))) {
    return {
      code: 'unreachable',
      what: `A proxy answers ${status}: the server behind it does not.`,
      fix: 'Start the server, and compare its address with the one the proxy is set to.'
    }
  }
  if (status === 401 && headers['www-authenticate'] !== undefined) {
    return {
      code: 'not-found',
      what: 'A login is in front of the path (401 with WWW-Authenticate).',
      fix: "Exempt the callback's path from it: WeCom cannot log in; the signature is what protects this path."
    }
  }
  return undefined
}

// What a page begins with, after a BOM or a comment.
const HTML = either(
  /^\uFEFF?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body|title|meta|script|style)\b/is,
  /^\uFEFF?\s*(<!--.*?-->\s*)?<(center|h[1-6]|div|p|pre|noscript|iframe)\b/is
)

export function isHtml (text: string): boolean {
  return HTML.test(text)
}

/** ` ("…")`, or nothing: a page often says itself whose it is. */
export function titleOf (text: string): string {
  const title = isHtml(text)
    ? /<(title|h1)\b[^<>]{0,200}>([^<]{1,80})/i.exec(text.slice(0, 20_000))?.[2]?.trim()
    : undefined
  return title === undefined || title === '' ? '' : ` (${JSON.stringify(title)})`
}

export function upperFirst (text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
