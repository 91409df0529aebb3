import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isObject } from '../../message/object.js'
import { defaultAnswer } from './answer.js'
import { checkFakeModelOptions } from './check-options.js'
import { chunks, completion, failure } from './completion.js'
import { EventWriter } from './events.js'
import type { FakeAnswer, FakeModel, FakeModelFault, FakeModelOptions, FakeModelRequest } from './types.js'

type Noted = { -readonly [Field in keyof FakeModelRequest]: FakeModelRequest[Field] }

/** Bytes: pictures come within a request, in base64. */
const MOST_BODY = 64 * 1024 * 1024

/**
 * A model that costs nothing: an OpenAI-compatible server on 127.0.0.1 (`POST /v1/chat/completions`, streamed or not,
 * and `GET /v1/models`) that always says the same to the same messages. Streams come in pieces that end anywhere, in
 * the middle of a character too, as they may on a network. For examples without a key, and for tests.
 *
 * @example
 * ```ts
 * const model = await fakeModel({ answer: '你好！', delay: 20 })
 * const response = await fetch(`${model.url}/chat/completions`, {
 *   method: 'POST',
 *   body: JSON.stringify({ model: 'fake', stream: true, messages: [{ role: 'user', content: '在吗' }] })
 * })
 * await response.text()
 * await model.close()
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID; what `listen` throws where the port is taken
 */
export async function fakeModel (options: FakeModelOptions = {}): Promise<FakeModel> {
  checkFakeModelOptions(options)
  const requests: Noted[] = []
  const server = createServer((request, response) => {
    respond(request, response, options, requests).catch((error: unknown) => {
      // An `answer` of the test's own that throws.
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, failure(500, String(error)))
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    async close () {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  }
}

async function respond (
  request: IncomingMessage,
  response: ServerResponse,
  { answer = defaultAnswer, delay = 5, fault }: FakeModelOptions,
  requests: Noted[]
): Promise<void> {
  const path = request.url?.split('?')[0]
  if (request.method === 'GET' && path === '/v1/models') {
    sendJson(response, 200, { object: 'list', data: [{ id: 'fake', object: 'model', created: 0, owned_by: 'fake' }] })
    return
  }
  if (request.method !== 'POST' || path !== '/v1/chat/completions') {
    sendJson(response, 404, failure(404, 'The fake model has POST /v1/chat/completions and GET /v1/models only.'))
    return
  }
  const asked = read(await readBody(request), requests.length + 1)
  if (asked === undefined) {
    sendJson(response, 400, failure(400, 'The body must be a JSON object with messages, a list of { role, content }.'))
    return
  }
  requests.push(asked)
  response.on('close', () => { if (asked.state === 'answering') asked.state = 'gone' })
  const wrong = typeof fault === 'function' ? fault(asked) : fault
  if (wrong !== undefined) asked.state = 'faulted'
  if (wrong === 'hang') return
  if (typeof wrong === 'number') {
    // No client is to wait for long before it tries again.
    if (wrong === 429 || wrong === 503) response.setHeader('retry-after-ms', '1').setHeader('retry-after', '0')
    sendJson(response, wrong, failure(wrong, `Status ${wrong}, on purpose.`))
    return
  }
  const said = typeof answer === 'function' ? await answer(asked) : answer
  const whole: FakeAnswer = typeof said === 'string' ? { text: said } : said
  if (asked.stream) await sendStream(response, chunks(asked, whole), delay, wrong)
  else if (wrong === undefined) sendJson(response, 200, completion(asked, whole))
  else await sendHalf(response, JSON.stringify(completion(asked, whole)), wrong)
  if (asked.state === 'answering' && !response.destroyed) asked.state = 'answered'
}

async function sendStream (
  response: ServerResponse,
  events: object[],
  delay: number,
  wrong: Exclude<FakeModelFault, number | 'hang'> | undefined
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  const writer = new EventWriter()
  const write = async (bytes: Buffer) => {
    if (delay > 0) await wait(delay)
    if (response.destroyed || response.write(bytes)) return
    await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  const half = wrong === undefined ? events : events.slice(0, Math.ceil(events.length / 2))
  for (const event of half) {
    if (response.destroyed) return
    await write(writer.add(event))
  }
  if (wrong === 'stall') return
  if (wrong === 'cut') return breakOff(response)
  if (wrong === 'error') await write(writer.add(failure(500, 'The model failed, on purpose.')))
  else await write(writer.add('[DONE]'))
  response.end(writer.end())
}

/** An answer in one piece that goes wrong in its middle. */
async function sendHalf (response: ServerResponse, body: string, wrong: FakeModelFault): Promise<void> {
  if (wrong === 'error') return sendJson(response, 500, failure(500, 'The model failed, on purpose.'))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.write(body.slice(0, body.length / 2))
  if (wrong === 'cut') breakOff(response)
}

/** What was written comes through first. */
function breakOff (response: ServerResponse): void {
  setImmediate(() => { response.destroy() })
}

function sendJson (response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readBody (request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MOST_BODY) throw new Error(`expected a body of at most ${MOST_BODY} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function read (text: string, number: number): Noted | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(body) || !Array.isArray(body.messages) || !body.messages.every(isObject)) return undefined
  return {
    number,
    model: typeof body.model === 'string' ? body.model : 'fake',
    messages: body.messages as unknown as FakeModelRequest['messages'],
    stream: body.stream === true,
    body,
    state: 'answering'
  }
}
