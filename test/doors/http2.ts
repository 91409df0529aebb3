import { connect } from 'node:http2'
import { target, type Answer, type SendOptions } from '../support/http.js'

/** One request by HTTP/2 without TLS, on a connection of its own; the signal resets its stream. */
export async function sendHttp2 (port: number, options: SendOptions, signal?: AbortSignal): Promise<Answer> {
  const { method, path = '/wecom', query = {}, headers = {}, body } = options
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    return await new Promise((resolve, reject) => {
      const chosen = method ?? (body === undefined ? 'GET' : 'POST')
      const stream = session.request({ ':method': chosen, ':path': target(path, query), ...headers }, { endStream: false, ...(signal === undefined ? {} : { signal }) })
      let answered: Answer['headers'] & { ':status'?: number | undefined } = {}
      const pieces: Buffer[] = []
      stream.on('response', response => { answered = response })
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('error', reject)
      stream.on('end', () => { resolve({ status: answered[':status'] ?? 0, headers: answered, body: Buffer.concat(pieces).toString() }) })
      session.on('error', reject)
      stream.end(body)
    })
  } finally {
    session.destroy()
  }
}
