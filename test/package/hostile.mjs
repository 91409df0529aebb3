// What strangers send to a callback URL, written to bare sockets. Each request gets an answer or the end of its connection, within a second.
import { connect } from 'node:net'

const HOSTILE = path => {
  const get = (target, headers = 'Host: x') => `GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`
  const post = (target, headers, body = '') => `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n\r\n${body}`
  const signed = `${path}?msg_signature=${'0'.repeat(40)}&timestamp=1&nonce=1`
  return [
    get('//'), get('//?echostr=x'), get('/%'), get(`${path}?%`), get(`${path}?echostr=%E0%A4%A`), get('http://'), get('http://['), get('*'), get('/\\'), get('/..//..'),
    get(path, 'Host: ['), get(path, 'Host: a b'), get(path, 'X-No-Host: x'), get(path, `Host: ${'h'.repeat(2_000)}`),
    get(`${path}?x=${'x'.repeat(12_000)}`), get(`${path}?${'a&'.repeat(5_000)}`), get(`${path}?msg_signature=a&msg_signature=b&timestamp[]=1&nonce[a]=1&__proto__=1&constructor=1`),
    get(`${signed}&echostr=x`), get(`${path}?timestamp=${'9'.repeat(400)}&nonce=&msg_signature=%00&echostr=%00`),
    post(path, 'Content-Length: 0'), post(signed, 'Content-Length: 6', '<xml/>'), post(signed, 'Content-Type: application/json\r\nContent-Length: 15', '{"encrypt":"x"}'),
    post(signed, 'Content-Type: application/json\r\nContent-Length: 17', '{"__proto__":"x"}'), post(signed, 'Content-Length: 4', '\u0000\ufffd'), post(signed, 'Content-Encoding: gzip\r\nContent-Length: 2', 'xx'),
    post('//', 'Content-Length: 2', 'xx'), post('/%', 'Content-Length: 2', 'xx'), post(signed, 'Content-Length: x', 'xx'), post(signed, 'Transfer-Encoding: chunked', 'zz\r\n'),
    'PUT // HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', `HEAD ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'nonsense\r\n\r\n', '\u0016\u0003\u0001'
  ]
}

/** Bodies that break off: the client is gone before it has sent what it announced. */
const ABORTED = path => ['Content-Length: 1000', 'Transfer-Encoding: chunked'].map(header => `POST ${path}?msg_signature=a&timestamp=1&nonce=1 HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`)

async function write (port, text, hangUp) {
  return await new Promise(resolve => {
    const socket = connect(port, 'localhost')
    let answer = ''
    const timer = setTimeout(() => { socket.destroy() }, 1_000)
    socket.on('data', data => { answer += data })
    socket.on('error', () => {})
    socket.on('close', () => { clearTimeout(timer); resolve(answer) })
    socket.on('connect', () => {
      socket.write(text)
      if (hangUp) setTimeout(() => { socket.resetAndDestroy() }, 20)
    })
  })
}

/** The statuses that came back; a server that died has none. */
export async function attack (port, path) {
  const answers = []
  for (const text of HOSTILE(path)) answers.push(await write(port, text))
  for (const text of ABORTED(path)) await write(port, text, true)
  return answers.filter(Boolean).map(answer => Number(answer.split(' ', 2)[1]))
}
