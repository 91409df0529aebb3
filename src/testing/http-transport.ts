import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import {
  MAX_ANSWER, timeoutFault, TransportFault, withQuery, type Transport, type WireAnswer, type WireRequest
} from './transport.js'

/** Real HTTP or HTTPS, a connection for each request; redirects are not followed, as WeCom doesn't. */
export function httpTransport (url: string | URL): Transport {
  const target = new URL(url)
  const secure = target.protocol === 'https:'
  if (!secure && target.protocol !== 'http:') {
    throw new TypeError(`expected an http: or https: URL, got ${target.protocol}`)
  }
  return async wire =>
    await new Promise<WireAnswer>((resolve, reject) => {
      const started = performance.now()
      let connected = false
      const request = (secure ? httpsRequest : httpRequest)(target, {
        agent: false,
        method: wire.method,
        path: withQuery(target.pathname + target.search, wire.query),
        headers: { 'user-agent': 'Mozilla/4.0 (compatible; fastify-wecom)', ...wire.headers }
      })
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        settle()
        request.destroy()
      }
      const fail = (error: Error) => {
        finish(() => {
          reject(explain(error, target, connected))
        })
      }
      // WeCom hangs up when the time is over, whatever it has got by then.
      const timer = setTimeout(() => {
        finish(() => {
          reject(timeoutFault(wire.timeout, connected))
        })
      }, wire.timeout)
      request.on('socket', socket => {
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          connected = true
        })
      })
      request.on('error', fail)
      request.on('response', response => {
        readBody(response, wire.most).then(({ body, cut }) => {
          finish(() => {
            const headers = Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)])
            )
            resolve({ status: response.statusCode ?? 0, headers, body, cut, ms: performance.now() - started })
          })
        }, fail)
      })
      writeBody(request, wire).catch(fail)
    })
}

async function writeBody (request: ClientRequest, { body, pace = 0 }: WireRequest): Promise<void> {
  if (body !== undefined) request.setHeader('content-length', Buffer.byteLength(body))
  if (body === undefined || pace === 0) {
    request.end(body)
    return
  }
  for (const piece of pieces(body)) {
    request.write(piece)
    await wait(pace / PIECES)
    if (request.destroyed) return
  }
  request.end()
}

const PIECES = 5

/** A body in the pieces a slow network delivers, cut without regard for characters. */
export function pieces (body: string): Buffer[] {
  const bytes = Buffer.from(body)
  const size = Math.ceil(bytes.length / PIECES)
  return Array.from({ length: PIECES }, (_, index) => bytes.subarray(index * size, (index + 1) * size)).filter(
    piece => piece.length > 0
  )
}

async function readBody (
  response: IncomingMessage,
  most = MAX_ANSWER
): Promise<{ body: Buffer, cut: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > most) return { body: Buffer.concat(chunks).subarray(0, most), cut: true }
  }
  return { body: Buffer.concat(chunks), cut: false }
}

/** Node's error codes in words, with what to do. */
function explain (error: Error, { hostname, port, protocol }: URL, connected: boolean): TransportFault {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const at = `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`
  const fault = (kind: TransportFault['code'], message: string, fix: string) =>
    new TransportFault(kind, message, fix, connected)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return fault(
      'unreachable',
      `the name ${hostname} has no address`,
      'Check the spelling, and the DNS record of the domain (WeCom resolves it from the public internet).'
    )
  }
  if (code === 'ECONNREFUSED') {
    return fault(
      'unreachable',
      `nothing listens at ${at}`,
      'Start the server, or correct the port; a server that listens on 127.0.0.1 only is not reachable from outside ' +
        '(listen on 0.0.0.0).'
    )
  }
  if (/^E(HOST|NET)UNREACH|^ETIMEDOUT|^EADDRNOTAVAIL|^EACCES/.test(code)) {
    return fault(
      'unreachable',
      `${at} cannot be reached (${code})`,
      'Check host and port, routing, and the firewall or security group in front.'
    )
  }
  const tls = TLS_FAULTS.find(([pattern]) => pattern.test(code))
  if (tls !== undefined) return fault('tls', `${tls[1]} (${code})`, tls[2])
  if (protocol === 'https:' && !connected) {
    return fault(
      'tls',
      `the TLS handshake with ${at} broke off (${code})`,
      'Check that this port speaks HTTPS, and its protocol versions and certificate.'
    )
  }
  if (code.startsWith('HPE_')) {
    return fault(
      'broken-off',
      `${at} answers with something that is no HTTP (${code})`,
      'Check the port: does another service, or HTTPS, listen there?'
    )
  }
  return fault(
    'broken-off',
    `the server broke off the connection (${code || error.message})`,
    'Look into its log: it may have crashed, or a proxy in front refuses plain HTTP or this path.'
  )
}

const TLS_FAULTS: ReadonlyArray<readonly [RegExp, string, string]> = [
  [
    /SELF_SIGNED/,
    'the certificate is self-signed',
    "WeCom needs a certificate of a public authority: get one (Let's Encrypt), or use http:// while testing."
  ],
  [/CERT_HAS_EXPIRED/, 'the certificate has expired', 'Renew it, and reload the server or proxy that holds it.'],
  [
    /CERT_NOT_YET_VALID/,
    'the certificate is not valid yet',
    "Check the clock of this machine and the certificate's dates."
  ],
  [
    /ALTNAME_INVALID/,
    'the certificate is for another host name',
    'Get one for this name, or use the name it was issued for.'
  ],
  [
    /UNABLE_TO_(VERIFY|GET)|CERT_/,
    'the certificate cannot be verified',
    'Usually the intermediate certificate is missing: serve the full chain (fullchain.pem).'
  ],
  [
    /ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|^EPROTO/,
    'this port does not speak TLS',
    'Use http://, or the port of the proxy that speaks HTTPS.'
  ],
  [/ERR_SSL|ERR_TLS/, 'the TLS handshake failed', 'Check protocol versions and the certificate of the server.']
]
