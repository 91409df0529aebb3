import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import express5, { type RequestHandler } from 'express'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { wecomCallback } from '../../src/express/index.js'
import wecom from '../../src/index.js'
import { createWecomListener } from '../../src/node/index.js'
import { openRaw, send, target, turns } from '../support/http.js'
import { newSettings, signMessage } from '../support/requests.js'
import { xmlMessage } from '../support/texts.js'

// A body that has come with its headers is taken out of the request as it is; whatever else happens to it meanwhile.

const settings = newSettings()
const { query, body } = signMessage(settings, xmlMessage('hello'))
const head = (...headers: string[]): string => [`POST ${target('/wecom', query)} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`, ...headers, '', ''].join('\r\n')

interface Opened { server: Server, port: number, seen: string[] }

const SERVERS: Record<string, (seen: string[]) => Promise<Server>> = {
  Fastify: async seen => {
    const app = Fastify()
    await app.register(wecom, { path: '/wecom', credentials: settings, store: false, handler: request => { seen.push(request.wecom.plaintext) } })
    await app.ready()
    onTestFinished(async () => { await app.close() })
    return app.server
  },
  'node:http': async seen => {
    const listener = createWecomListener({ credentials: settings, store: false, handler: (_message, { plaintext }) => { seen.push(plaintext) } })
    onTestFinished(listener.close)
    return createServer(listener)
  },
  Express: async seen => {
    const callback = wecomCallback({ credentials: settings, store: false, handler: (_message, { plaintext }) => { seen.push(plaintext) } })
    onTestFinished(callback.close)
    return createServer(express5().disable('x-powered-by').use('/wecom', callback as RequestHandler))
  }
}

async function open (name: string, listener?: (request: IncomingMessage) => void): Promise<Opened> {
  const seen: string[] = []
  const server = await SERVERS[name]!(seen)
  if (listener !== undefined) server.on('request', listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => { server.close(); server.closeAllConnections() })
  return { server, seen, port: (server.address() as AddressInfo).port }
}

describe.each(Object.keys(SERVERS))('%s', name => {
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

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)('a client that is gone by %s() with its whole message sent has sent it', async how => {
    const { port, seen } = await open(name)
    const { socket } = await openRaw(port)
    await new Promise<void>(resolve => { socket.write(head() + body, () => { resolve() }) })
    await turns()
    socket[how]()
    await expect.poll(() => seen.length).toBe(1)
  })

  test.each<[string, (request: IncomingMessage, take: (piece: Buffer) => void) => void]>([
    ["by 'data'", (request, take) => { request.on('data', take) }],
    ['by a pipe', (request, take) => { request.pipe(new PassThrough()).on('data', take) }]
  ])('a listener of the server reads the body too, %s', async (_how, read) => {
    const pieces: Buffer[] = []
    const { port, seen } = await open(name, request => { read(request, piece => { pieces.push(piece) }) })
    expect((await send(port, { query, body })).status).toBe(200)
    expect(seen).toHaveLength(1)
    await expect.poll(() => Buffer.concat(pieces).toString()).toBe(body)
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
