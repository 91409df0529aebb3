import { connect, type Socket } from 'node:net'

export interface Drive {
  /** Milliseconds of each request, in no order. */
  latencies: number[]
  /** The body of the last answer. */
  body: string
  /** Seconds for all. */
  elapsed: number
}

export interface DriveOptions {
  /** Keep-alive connections, each with one request at a time. */
  connections?: number
  status?: number
}

/**
 * Sends prepared requests over keep-alive connections, each as soon as the one before is answered. Every answer must have
 * the status that is expected, and the length of the first one but for a few bytes; where not, it throws.
 */
export async function drive (port: number, requests: readonly Buffer[], { connections = 10, status = 200 }: DriveOptions = {}): Promise<Drive> {
  const sockets = await Promise.all(Array.from({ length: connections }, async () => await open(port)))
  const latencies: number[] = []
  let next = 0
  let length: number | undefined
  let body = ''
  const start = performance.now()
  try {
    await Promise.all(sockets.map(async socket => await new Promise<void>((resolve, reject) => {
      let sent = 0
      let received = ''
      function send (): void {
        const request = requests[next++]
        if (request === undefined) {
          resolve()
          return
        }
        sent = performance.now()
        socket.write(request)
      }
      socket.on('data', chunk => {
        received += chunk.toString('latin1')
        const answer = split(received)
        if (answer === undefined) return
        latencies.push(performance.now() - sent)
        length ??= answer.body.length
        if (answer.status !== status || Math.abs(answer.body.length - length) > TOLERANCE) {
          reject(new Error(`expected status ${status} and about ${length} bytes, got ${received.slice(0, 2_000)}`))
          return
        }
        body = answer.body
        received = ''
        send()
      })
      socket.on('close', () => reject(new Error('the server has closed a connection')))
      socket.on('error', reject)
      send()
    })))
  } finally {
    for (const socket of sockets) socket.removeAllListeners('close').destroy()
  }
  return { latencies, body, elapsed: (performance.now() - start) / 1_000 }
}

/** Answers differ by the nonce and the padding. */
const TOLERANCE = 64

async function open (port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket.removeAllListeners('error')
}

/** An answer that is there as a whole. */
function split (received: string): { status: number, body: string } | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1]
  if (length === undefined) throw new Error(`an answer without content-length: ${received.slice(0, end)}`)
  const body = received.slice(end + 4)
  return body.length < Number(length) ? undefined : { status: Number(received.slice(9, 12)), body }
}
