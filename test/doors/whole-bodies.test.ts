import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import wecom from '../../src/index.js'
import { createWecomListener } from '../../src/node/index.js'
import { openRaw, send, target, turns } from '../support/http.js'
import { newSettings, signMessage } from '../support/requests.js'
import { xmlMessage } from '../support/texts.js'
import { DOOR_NAMES, listening, openForTest, type DoorName } from './doors.js'

// A body that has come with its headers is taken out of the request as it is; whatever else happens to it meanwhile.

const settings = newSettings()
const { query, body } = signMessage(settings, xmlMessage('hello'))

function head (...headers: string[]): string {
  return [`POST ${target('/wecom', query)} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`, ...headers, '', ''].join('\r\n')
}

type Listener = (request: IncomingMessage) => void

async function open (name: DoorName, listener?: Listener, method: 'on' | 'prependListener' = 'on') {
  const door = await openForTest(name, { credentials: settings, store: false })
  if (listener !== undefined) door.server[method]('request', listener)
  return door
}

/** The raw sockets speak HTTP/1.1. */
describe.each(DOOR_NAMES.filter(name => name !== 'node:http2'))('%s', name => {
  test.each([
    ['with its headers', [head() + body]],
    ['behind its headers', [head(), body]],
    ['in parts', [head() + body.slice(0, 10), body.slice(10, 20), body.slice(20)]]
  ])('a body that comes %s is handled', async (_how, writes) => {
    const { port, seen } = await open(name)
    const { socket, status } = await openRaw(port)
    for (const write of writes) {
      socket.write(write)
      await turns()
    }
    expect(await status).toBe(200)
    expect(seen).toHaveLength(1)
    socket.destroy()
  })

  test('two requests in one write are both answered', async () => {
    const { port, seen } = await open(name)
    const { socket, ended } = await openRaw(port)
    socket.write(head() + body + head('Connection: close') + body)
    expect((await ended).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(seen).toHaveLength(2)
  })

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)('a message sent whole is handled though its client has gone by %s()', async how => {
    const { port, seen } = await open(name)
    const { socket } = await openRaw(port)
    await new Promise<void>(resolve => { socket.write(head() + body, () => { resolve() }) })
    await turns()
    socket[how]()
    await expect.poll(() => seen.length).toBe(1)
  })

  const READERS: Array<[string, (request: IncomingMessage, take: (piece: Buffer) => void) => void]> = [
    ["by 'data'", (request, take) => { request.on('data', take) }],
    ['by a pipe', (request, take) => { request.pipe(new PassThrough()).on('data', take) }]
  ]
  test.each(READERS.flatMap(reader => (['on', 'prependListener'] as const).map(method => [...reader, method] as const)))('what else reads the body %s, behind the callback or in front of it, has it too', async (_how, read, method) => {
    const pieces: Buffer[] = []
    const { port, seen } = await open(name, request => { read(request, piece => { pieces.push(piece) }) }, method)
    expect((await send(port, { query, body })).status).toBe(200)
    expect(seen).toHaveLength(1)
    await expect.poll(() => Buffer.concat(pieces).toString()).toBe(body)
  })

  test.each<[string, (read: () => void) => void]>([
    ['in a microtask', read => { queueMicrotask(read) }],
    ['in the next tick', read => { process.nextTick(read) }],
    ["at this turn's end", read => { setImmediate(read) }]
  ])('what else begins to read %s takes nothing away', async (_when, later) => {
    const { port, seen } = await open(name, request => { later(() => { request.on('data', () => {}) }) })
    expect((await send(port, { query, body })).status).toBe(200)
    expect(seen).toHaveLength(1)
  })

  test('what else has paused the request to read it later finds the body there', async () => {
    const pieces: Buffer[] = []
    const { port, seen } = await open(name, request => {
      request.pause()
      setTimeout(() => { request.on('data', piece => { pieces.push(piece) }).resume() }, 50)
    })
    expect((await send(port, { query, body })).status).toBe(200)
    expect(seen).toHaveLength(1)
    expect(Buffer.concat(pieces).toString()).toBe(body)
  })

  test('a request whose encoding something in front has set is 400', async () => {
    const { port, seen, errors } = await open(name, request => { request.setEncoding('latin1') }, 'prependListener')
    expect((await send(port, { query, body })).status).toBe(400)
    expect(seen).toEqual([])
    expect(errors).toMatchObject([{ code: 'WECOM_BODY_ABORTED', message: expect.stringContaining('given an encoding') as string }])
  })

  test('the request ends and closes as any other, and its connection serves the next', async () => {
    const events: string[] = []
    const { port, seen } = await open(name, request => { for (const event of ['end', 'close']) request.on(event, () => events.push(event)) })
    const { socket, ended } = await openRaw(port)
    socket.write(head() + body)
    await expect.poll(() => events).toEqual(['end', 'close'])
    socket.write(head('Connection: close') + body)
    const received = await ended
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(received.split('HTTP/1.1').map(answer => /connection: close/i.test(answer))).toEqual([false, false, true])
    expect(seen).toHaveLength(2)
  })
})

test.each(DOOR_NAMES.filter(name => name !== 'node:http2'))('%s: a request has ended and closed before its handler begins, so that nobody takes that for a hang-up', async name => {
  const events: string[] = []
  let begun: string[] | undefined
  const door = await openForTest(name, { credentials: settings, store: false, reply: async () => { begun = [...events]; await turns() } })
  door.server.on('request', (request: IncomingMessage) => { for (const event of ['end', 'close']) request.on(event, () => events.push(event)) })
  expect((await door.send({ query, body })).status).toBe(200)
  expect([begun, events]).toEqual([['end', 'close'], ['end', 'close']])
})

test('a message whose request was answered in front of the callback is handled, though its body comes later', async () => {
  const seen: string[] = []
  const listener = createWecomListener({ credentials: settings, handler: (_message, { plaintext }) => { seen.push(plaintext) } })
  const server = createServer((request, response) => {
    response.end('early')
    listener(request, response)
  })
  const { port, close } = await listening(server, listener.close)
  onTestFinished(close)
  const { socket } = await openRaw(port)
  socket.write(head())
  await turns()
  socket.write(body)
  await expect.poll(() => seen.length).toBe(1)
  socket.destroy()
})

test('a body that came with its headers needs no listener', async () => {
  let listeners: number | undefined
  const { port } = await open('node:http', request => { process.nextTick(() => { listeners = request.listenerCount('data') }) }, 'prependListener')
  expect((await send(port, { query, body })).status).toBe(200)
  expect(listeners).toBe(0)
})

test.each<[string, (payload: NodeJS.ReadableStream) => void]>([
  ["by 'data'", payload => { payload.on('data', () => {}) }],
  ['by a pipe', payload => { payload.pipe(new PassThrough()) }]
])('a hook of Fastify reads the body too, %s', async (_how, read) => {
  const app = Fastify()
  onTestFinished(async () => { await app.close() })
  app.addHook('preParsing', (_request, _reply, payload, done) => { read(payload); done() })
  await app.register(wecom, { path: '/wecom', credentials: settings, handler: () => undefined })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  expect((await send(port, { query, body })).status).toBe(200)
})

test('a request that was answered by something in front, with a method of no callback, is left alone', async () => {
  const listener = createWecomListener({ credentials: settings, handler: () => undefined })
  const server = createServer((request, response) => {
    response.end('mine')
    listener(request, response)
  })
  const { port, close } = await listening(server, listener.close)
  onTestFinished(close)
  expect(await send(port, { method: 'PUT', body: 'x' })).toMatchObject({ status: 200, body: 'mine' })
})
