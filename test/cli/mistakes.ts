import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { field, replyTo, sealJson, sealParts, sealXml, seconds, type Mistake, type Refusal } from './broken-servers.js'

/** A broken server, and what the doctor must call it. */
export interface Case {
  name: string
  code: string
  mistake: Mistake
  /** Words of its `what`. */
  says?: RegExp
  /** Further arguments. */
  args?: string[]
  /** Further variables. */
  env?: Record<string, string>
  /** Codes that must be among the alternatives, where the fault cannot be told from them. */
  alternatives?: string[]
}

const otherKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFA'
const styles: Refusal[] = ['statuses', 'numbers', 'exceptions']
const html = '<!DOCTYPE html><html><body>welcome</body></html>'
const always = (status: number, body: string, headers = {}) => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, headers).end(body)
  return true
}
const only = (method: string, status: number, body: string) => (request: IncomingMessage, response: ServerResponse) => {
  if (request.method !== method) return false
  response.writeHead(status).end(body)
  return true
}
const ofType = (accepts: (type: string | undefined) => boolean) => (request: IncomingMessage, response: ServerResponse) => {
  if (request.method !== 'POST' || accepts(request.headers['content-type'])) return false
  response.writeHead(415).end('Unsupported Media Type')
  return true
}
const command = ['--scene', 'command', '--verify-receive-id', 'wwprovider']
/** The server verifies with the provider's corpid and receives with the suite id. */
const suite = (postReceiveId: string) => ({ settings: { receiveId: 'wwprovider' }, postReceiveId })

export const CASES: Case[] = [
  { name: 'a path that nothing is at', code: 'not-found', mistake: { door: always(404, 'Cannot GET') } },
  { name: 'a single-page app that answers every path', code: 'not-found', mistake: { door: always(200, html, { 'content-type': 'text/html' }) }, says: /HTML/ },
  { name: 'a redirect to HTTPS', code: 'not-found', mistake: { door: always(301, '', { location: 'https://example.invalid/' }) }, says: /redirect/ },
  { name: 'a login in front', code: 'not-found', mistake: { door: always(401, 'login', { 'www-authenticate': 'Basic' }) }, says: /login/ },
  { name: 'a proxy without a server behind it', code: 'unreachable', mistake: { door: always(502, html) }, says: /proxy/i },
  { name: 'no GET route (405)', code: 'method', mistake: { door: only('GET', 405, '') } },
  { name: 'no GET route (404)', code: 'method', mistake: { door: only('GET', 404, '') } },
  { name: 'no POST route (404)', code: 'method', mistake: { door: only('POST', 404, '') } },
  { name: 'no POST route (405)', code: 'method', mistake: { door: only('POST', 405, '') } },
  { name: 'a page for POST', code: 'method', mistake: { door: only('POST', 200, html) }, says: /HTML/ },
  { name: 'a redirect of POST', code: 'method', mistake: { door: only('POST', 302, '') }, says: /redirect/ },
  { name: 'protection against forged forms', code: 'method', mistake: { door: only('POST', 403, 'CSRF verification failed. Request aborted.') }, says: /CSRF/ },

  { name: 'an echo in quotes', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(JSON.stringify(echo)) }, says: /in quotes/ },
  { name: 'an echo with a BOM', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(`\uFEFF${echo}`) }, says: /BOM/ },
  { name: 'an echo with a newline', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(`${echo}\n`) }, says: /line break/ },
  { name: 'an echo in a JSON envelope', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(JSON.stringify({ code: 0, data: echo })) }, says: /inside JSON/ },
  { name: 'an echo as a number', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(JSON.stringify(Number(echo))) }, says: /lost its last digits/ },
  { name: 'an echo in a page', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(`<html><body>${echo}</body></html>`) }, says: /HTML/ },
  { name: 'an echo compressed', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(echo)) }, says: /compressed/ },
  { name: 'an echo with another status', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.writeHead(201).end(echo) }, says: /201/ },
  { name: 'an echo not decrypted', code: 'echo-wrapped', mistake: { echo: (_echo, response, echostr) => response.end(echostr) }, says: /not decrypted/ },
  { name: 'an echo encrypted like a reply', code: 'echo-wrapped', mistake: { echo: (echo, response) => response.end(sealXml({ message: '', settings: wecomSettings, nonce: '1', response }, echo)) }, says: /encrypted again/ },
  { name: 'a slow echo', code: 'echo-slow', mistake: { echo: (echo, response) => { setTimeout(() => response.end(echo), 1200) } } },
  { name: 'a GET that hangs', code: 'echo-slow', mistake: { echo: () => {} }, args: ['--timeout', '1500'] },

  ...styles.map((refusal): Case => ({ name: `another token (${refusal})`, code: refusal === 'statuses' ? 'refused' : 'wrong-token', mistake: { refusal, settings: { token: 'another' } }, ...refusal === 'statuses' ? { alternatives: ['wrong-token'] } : {} })),
  { name: 'another token (lumped)', code: 'refused', mistake: { refusal: 'lumped', settings: { token: 'another' } }, alternatives: ['wrong-token', 'wrong-key', 'wrong-receive-id'] },
  { name: 'another token (word)', code: 'refused', mistake: { refusal: 'word', settings: { token: 'another' } }, alternatives: ['wrong-token', 'wrong-key', 'wrong-receive-id'] },
  { name: 'a token with a blank (lumped)', code: 'wrong-token', mistake: { refusal: 'lumped', settings: { token: 'Tk0123456789 ' } }, says: /blank at its end/ },
  { name: 'a token in quotes', code: 'wrong-token', mistake: { settings: { token: '"Tk0123456789"' } }, says: /quotes/ },
  ...styles.map((refusal): Case => ({ name: `another key (${refusal})`, code: 'wrong-key', mistake: { refusal, settings: { encodingAESKey: otherKey } } })),
  { name: 'another key (lumped on GET, not on POST)', code: 'wrong-key', mistake: { refusal: 'lumped', postRefusal: 'statuses', settings: { encodingAESKey: otherKey } } },
  { name: 'another receiveId (lumped on GET, not on POST)', code: 'wrong-receive-id', mistake: { refusal: 'word', postRefusal: 'numbers', settings: { receiveId: 'wwffffffffffffffff' } } },
  { name: 'another key in careless hands, all in one status', code: 'wrong-key', mistake: { careless: true, refusal: 'exceptions', settings: { encodingAESKey: otherKey } } },
  { name: 'padding by the library, which takes 16', code: 'padding', mistake: { padding: 16 } },
  { name: 'padding by the library, the echo passes', code: 'padding', mistake: { padding: 16, settings: { receiveId: 'wwcorp0123456789' } }, args: ['--receive-id', 'wwcorp0123456789'] },
  { name: 'another receiveId that nobody would guess (numbers)', code: 'wrong-receive-id', mistake: { refusal: 'numbers', settings: { receiveId: 'wwffffffffffffffff' } } },
  { name: 'another receiveId that nobody would guess (exceptions)', code: 'wrong-receive-id', mistake: { refusal: 'exceptions', settings: { receiveId: 'wwffffffffffffffff' } } },
  { name: 'an empty receiveId (lumped)', code: 'wrong-receive-id', mistake: { refusal: 'lumped', settings: { receiveId: '' } }, says: /receiveId "":/ },
  { name: 'a receiveId that stands in a variable', code: 'wrong-receive-id', mistake: { settings: { receiveId: 'wwabcabcabc' } }, env: { WECOM_SUITE_ID: 'wwabcabcabc' }, says: /wwabcabcabc/ },
  { name: 'a receiveId that is suggested', code: 'wrong-receive-id', mistake: { refusal: 'word', settings: { receiveId: 'wwsuggested' } }, args: ['--try-receive-id', 'wwsuggested'], says: /wwsuggested/ },
  { name: 'another receiveId for messages', code: 'wrong-receive-id', mistake: suite('wwprovider'), args: command, says: /For messages.*wwprovider/ },
  { name: 'an unknown receiveId for messages', code: 'wrong-receive-id', mistake: { ...suite('tj00000000'), refusal: 'numbers' }, args: command },

  { name: 'a query decoded twice', code: 'plus-lost', mistake: { readEchostr: raw => decodeURIComponent(decodeURIComponent(raw).replaceAll('+', ' ')) } },
  { name: 'a query decoded twice (lumped)', code: 'plus-lost', mistake: { refusal: 'lumped', readEchostr: raw => decodeURIComponent(raw).replaceAll('+', ' ') } },

  { name: 'a clock an hour fast', code: 'clock', mistake: { tolerance: 300, clock: () => seconds() + 3600 }, says: /1 h ahead/ },
  { name: 'a clock in another time zone (lumped)', code: 'clock', mistake: { refusal: 'lumped', tolerance: 300, clock: () => seconds() - 8 * 3600 }, says: /8 h behind/ },
  { name: 'a clock some minutes slow', code: 'clock', mistake: { tolerance: 300, clock: () => seconds() - 700 } },
  { name: 'a clock in milliseconds', code: 'clock', mistake: { tolerance: 300_000, clock: () => Date.now() }, says: /milliseconds/ },
  { name: 'a clock that its Date header shows', code: 'clock', mistake: { tolerance: 60, clock: () => seconds() + 200, door: (_request, response) => { response.setHeader('date', new Date(Date.now() + 200_000).toUTCString()); return false } }, says: /Date header/ },

  { name: 'a body read by a JSON parser before', code: 'body-parser', mistake: { body: () => undefined } },
  { name: 'a body read before (numbers)', code: 'body-parser', mistake: { refusal: 'numbers', body: () => '' } },
  { name: 'a body read before (lumped)', code: 'body-parser', mistake: { refusal: 'lumped', body: () => undefined } },
  { name: 'a body that is waited for in vain', code: 'body-parser', mistake: { body: async () => await new Promise<never>(() => {}) }, args: ['--timeout', '500'] },
  { name: 'a body parsed into an object and written anew', code: 'body-parser', mistake: { body: body => `<xml>${field(body, 'Encrypt').toLowerCase()}</xml>` } },
  { name: 'a server that reads JSON only', code: 'body-parser', mistake: { json: true }, says: /JSON/ },
  { name: 'a crash on POST', code: 'body-parser', mistake: { door: (request) => { if (request.method === 'POST') request.socket.destroy(); return request.method === 'POST' } } },

  { name: '415 for application/xml', code: 'content-type', mistake: { door: ofType(type => type?.startsWith('text/xml') === true) }, says: /application\/xml \(415\)/ },
  { name: '415 for text/xml', code: 'content-type', mistake: { door: ofType(type => type === 'application/xml') }, says: /with application\/xml it is accepted/ },
  { name: '415 for everything', code: 'content-type', mistake: { door: ofType(() => false) }, says: /Every Content-Type/ },
  { name: 'a body read only as text/plain', code: 'content-type', mistake: { body: (body, request) => request.headers['content-type'] === 'text/plain' ? body : undefined }, says: /text\/plain/ },

  { name: 'a reply in clear', code: 'reply-not-encrypted', mistake: { answer: ({ message, response }) => response.end(replyTo(message)) }, says: /in clear/ },
  { name: 'a reply of text', code: 'reply-not-encrypted', mistake: { answer: ({ response }) => response.end('ok') }, says: /"ok"/ },
  { name: 'a reply of JSON', code: 'reply-not-encrypted', mistake: { answer: ({ response }) => response.end('{"ok":true}') } },
  { name: 'a reply with the signature of the request', code: 'reply-format', mistake: { answer: answering => { answering.response.end(sealXml(answering, replyTo(answering.message)).replace(/[0-9a-f]{40}/, 'a'.repeat(40))) } }, says: /MsgSignature does not fit/ },
  { name: 'a reply without its signature', code: 'reply-format', mistake: { answer: answering => { answering.response.end(`<xml><Encrypt>${sealParts(answering, replyTo(answering.message)).encrypt}</Encrypt></xml>`) } }, says: /MsgSignature is missing/ },
  { name: 'a reply to the wrong person', code: 'reply-format', mistake: { answer: answering => { answering.response.end(sealXml(answering, answering.message)) } }, says: /ToUserName must be/ },
  { name: 'a reply in JSON to XML', code: 'reply-format', mistake: { answer: answering => { answering.response.end(sealJson(answering, replyTo(answering.message))) } }, says: /envelope is JSON/ },
  { name: 'a bot\'s reply with msg_signature', code: 'reply-format', mistake: { json: true, settings: { receiveId: '' }, answer: answering => { answering.response.end(sealJson(answering, '{"msgtype":"stream","stream":{"id":"1","finish":true}}').replace('msgsignature', 'msg_signature')) } }, args: ['--scene', 'bot', '--receive-id', ''], says: /msg_signature, WeCom reads msgsignature/ },
  { name: 'a bot\'s reply with a nonce of its own', code: 'reply-format', mistake: { json: true, settings: { receiveId: '' }, answer: answering => { answering.response.end(sealJson({ ...answering, nonce: '1' }, '{"msgtype":"stream","stream":{"id":"1","finish":true}}')) } }, args: ['--scene', 'bot', '--receive-id', ''], says: /nonce/ },

  { name: 'an empty answer on a command URL', code: 'not-success', mistake: { ...suite('wwcorp'), answer: ({ response }) => response.end() }, args: command, says: /answered nothing/ },
  { name: 'SUCCESS in capitals', code: 'not-success', mistake: { ...suite('wwcorp'), answer: ({ response }) => response.end('SUCCESS') }, args: command },
  { name: 'a quoted success', code: 'not-success', mistake: { ...suite('wwcorp'), answer: ({ response }) => response.end('"success"') }, args: command },

  { name: 'a slow handler', code: 'reply-slow', mistake: { answer: () => {} }, args: ['--timeout', '500'] },
  { name: 'a handler that throws', code: 'handler-failed', mistake: { answer: ({ response }) => response.writeHead(500).end('oops') } },
  { name: 'a crash in the handler', code: 'handler-failed', mistake: { answer: ({ response }) => { response.socket?.destroy() } } },
  { name: 'no check of the signature', code: 'signature-not-checked', mistake: { skipSignature: true } }
]

/** What WeCom uses in these tests. */
export const wecomSettings = { token: 'Tk0123456789', encodingAESKey: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg', receiveId: 'wwcorp' }
