import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { checkFakeApiOptions, checkFault } from './check-options.js'
import { createEndpoints, type Identity } from './endpoints.js'
import type { Incoming } from './incoming.js'
import type { FakeApi, FakeApiCall, FakeApiFault, FakeApiOptions } from './types.js'

export { FAKE_API_FAULTS } from './types.js'
export type { FakeApi, FakeApiCall, FakeApiFault, FakeApiOptions } from './types.js'

/**
 * Starts a server on loopback that plays WeCom's API: gettoken, message/send, message/update_template_card,
 * kf/sync_msg, externalcontact/send_welcome_msg, service/get_suite_token and service/get_permanent_code.
 *
 * @example
 * ```ts
 * const fake = await fakeApi()
 * const api = createWecomApi(fake.settings)
 * await api.send(text('你好'), { sender: 'zhangsan' })
 * console.log(fake.sent)
 * await fake.close()
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export async function fakeApi (options: FakeApiOptions = {}): Promise<FakeApi> {
  checkFakeApiOptions(options)
  const { slowBy = 1_000 } = options
  const server = createServer((request, response) => { serve(request, response).catch(() => { response.destroy() }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const identity: Identity = {
    settings: {
      corpId: `ww${randomBytes(8).toString('hex')}`,
      secret: randomBytes(32).toString('base64url'),
      agentId: 1_000_002,
      baseUrl: `http://127.0.0.1:${port}`
    },
    suite: { suiteId: `ww${randomBytes(8).toString('hex')}`, suiteSecret: randomBytes(32).toString('base64url') }
  }
  const { find, refuse, ...played } = createEndpoints(identity, options)
  const answers = new Map<string, object | ((call: FakeApiCall) => object)>()
  const faults: Array<{ path: string, fault: FakeApiFault, times: number }> = []
  const calls: FakeApiCall[] = []

  async function serve (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url as string, identity.settings.baseUrl)
    const incoming = { query: Object.fromEntries(searchParams), body: await readBody(request) }
    const path = pathname.replace(/^\/cgi-bin\//, '')
    const call: FakeApiCall = {
      path,
      query: Object.fromEntries(Object.entries(incoming.query).filter(([name]) => !/token|secret/.test(name))),
      body: incoming.body,
      at: Date.now(),
      errcode: undefined,
      fault: nextFault(path)
    }
    calls.push(call)
    const { fault } = call
    if (fault === 'server-error' || fault === 'garbage') {
      response.writeHead(fault === 'garbage' ? 200 : 502, { 'content-type': 'text/html' }).end(PAGE)
      return
    }
    const answer: { errcode?: number } = answerTo(call, { query: incoming.query, body: incoming.body ?? {} })
    const text = JSON.stringify(answer)
    if (fault === 'slow') await wait(slowBy)
    if (fault === 'hang') return
    if (fault !== 'cut-json' && fault !== 'cut-off') call.errcode = answer.errcode ?? 0
    response.setHeader('content-type', 'application/json; charset=UTF-8')
    if (fault === 'cut-off') {
      response.setHeader('content-length', Buffer.byteLength(text))
      response.write(text.slice(0, text.length / 2), () => { response.destroy() })
    } else {
      response.end(fault === 'cut-json' ? text.slice(0, text.length / 2) : text)
    }
  }

  function nextFault (path: string): FakeApiFault | undefined {
    const next = faults.find(each => each.path === path && each.times > 0)
    if (next === undefined) return undefined
    next.times--
    return next.fault
  }

  function answerTo (call: FakeApiCall, incoming: Incoming): object {
    const { path, fault } = call
    if (fault === 'busy') return { errcode: -1, errmsg: 'system error' }
    if (fault === 'rate-limit') return { errcode: 45009, errmsg: 'api freq out of limit' }
    if (fault === 'untrusted-ip') return { errcode: 60020, errmsg: 'not allow to access from your ip: 192.0.2.1' }
    if (fault === 'expired-token') {
      played.expireTokens()
      return { errcode: 42001, errmsg: 'access_token expired' }
    }
    const endpoint = find(path)
    const own = answers.get(path)
    const refusal = endpoint?.needs === 'nothing' ? undefined : refuse(incoming.query.access_token)
    if (refusal !== undefined) return refusal
    if (own !== undefined) return { errcode: 0, errmsg: 'ok', ...(typeof own === 'function' ? own(call) : own) }
    return endpoint?.answer(incoming) ??
      { errcode: 40066, errmsg: 'invalid url: fakeApi does not play it, give it an answer(path, …)' }
  }

  return {
    ...identity,
    ...played,
    calls,
    callsOf: path => calls.filter(call => call.path === path),
    fault (path, fault, times = 1) { faults.push({ path, fault: checkFault(fault), times }) },
    answer (path, answer) { answers.set(path, answer) },
    async close () {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

const PAGE = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

async function readBody (request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string
  return text === '' ? undefined : JSON.parse(text) as Record<string, unknown>
}
