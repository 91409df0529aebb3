import type { IncomingMessage } from 'node:http'

/**
 * Why a request may not see the playground; `undefined` where it may come as far as the key. Loopback alone is no wall:
 * frp, ngrok and the like connect from 127.0.0.1, with a Host of their own or headers that say for whom.
 */
export function denyReason (
  { method, url, headers, rawHeaders, socket }: IncomingMessage,
  isNear: (address: string | undefined) => boolean
): string | undefined {
  // The socket's own: request.ip follows trustProxy and with it a header that anybody can send.
  if (!isNear(socket.remoteAddress)) {
    return `it comes from ${String(socket.remoteAddress)}, which is not this machine; if that is the gateway of this ` +
      'container, see the option allow'
  }
  // An address in full names a host of its own, which counts before the header (RFC 9112, 3.2.2).
  if (url?.startsWith('/') !== true) return 'its target is not a path'
  const forwarding = Object.keys(headers).find(isForwarding)
  if (forwarding !== undefined) return `its header ${forwarding} says that it was forwarded`
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && /^(host|:authority)$/i.test(name)).length
  const host = headers.host ?? headers[':authority'] as string | undefined
  if (hosts > 1 || host === undefined || !LOCAL_HOST.test(host)) return 'its Host is not localhost, 127.0.0.1 or [::1]'
  if (method !== 'GET' && method !== 'POST') return `its method is ${method}`
  return crossOrigin(method, headers, host)
}

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i

/** Headers that only something in between adds: proxies, tunnels, CDNs. */
const FORWARDING = [
  'forwarded',
  'via',
  'x-forwarded',
  'x-forwarded-*',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-original-*',
  'x-remote-*',
  'x-proxyuser-ip',
  'x-envoy-*',
  'x-appengine-*',
  'x-azure-*',
  'x-vercel-*',
  'x-arr-*',
  'x-amzn-*',
  'true-client-ip',
  'client-ip',
  'cf-*',
  'cdn-*',
  'fastly-*',
  'fly-*',
  'ali-cdn-*',
  'ngrok-*',
  'x-ngrok-*',
  'tailscale-*',
  'x-tunnel-*',
  'x-localtunnel-*',
  'bypass-tunnel-reminder',
  'x-serveo-*',
  'wl-proxy-*',
  'proxy-client-ip',
  'x-real-*',
  'x-forward-*',
  'x-host',
  'x-scheme',
  'x-rewrite-url',
  'x-cdn-*',
  'akamai-*',
  'x-akamai-*',
  'ali-*',
  'eo-*',
  'eagleeye-*',
  'x-nf-*',
  'x-nws-*',
  'x-amz-cf-*',
  'x-cloud-trace-context',
  'x-ms-*',
  'surrogate-capability',
  'max-forwards',
  'remote-addr',
  'front-end-https',
  'proxy-connection'
]

export function isForwarding (name: string): boolean {
  const plain = name.replaceAll('_', '-').replace(/^http-/, '')
  return FORWARDING.some(known => known.endsWith('*') ? plain.startsWith(known.slice(0, -1)) : plain === known)
}

/**
 * What browsers say of where a request comes from: other sites, and other ports of this machine, may neither send nor
 * embed.
 */
function crossOrigin (method: string, headers: IncomingMessage['headers'], host: string): string | undefined {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers
  const own = [`http://${host}`, `https://${host}`].map(text => text.toLowerCase())
  if (origin !== undefined && !own.includes(origin.toLowerCase())) return `its Origin is ${JSON.stringify(origin)}`
  if (method === 'POST') {
    if (origin === undefined) return 'it is a POST without Origin'
    if (site !== undefined && site !== 'same-origin') return `its Sec-Fetch-Site is ${JSON.stringify(site)}`
    return undefined
  }
  // A link from elsewhere may lead here, if it has the key; a frame, a script or an image of another origin may not.
  const linked = mode === 'navigate' && dest === 'document'
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !linked) {
    return `its Sec-Fetch-Site is ${JSON.stringify(site)}`
  }
  return undefined
}
