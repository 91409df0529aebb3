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
  /** Connections at once, each with one request at a time. */
  connections?: number
  status?: number
  /** A connection of its own for each request. */
  fresh?: boolean
  /** The server may end the connection while a request is still being sent, so that its answer is lost. */
  mayBeCut?: boolean
}

/** Answers differ by the nonce and the padding. */
const TOLERANCE = 64

/**
 * Sends prepared requests over keep-alive connections, each as soon as the one before is answered. Every answer must have
 * the status that is expected, and the length of the first one but for a few bytes; where not, it throws.
 */
export async function drive (port: number, requests: readonly Buffer[], { connections = 10, status = 200, fresh = false, mayBeCut = false }: DriveOptions = {}): Promise<Drive> {
  const latencies: number[] = []
  let next = 0
  let length: number | undefined
  let body = ''

  async function work (): Promise<void> {
    let connection = await Connection.open(port)
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const sent = performance.now()
      const answer = await connection.exchange(request).catch((error: unknown) => {
        if (!mayBeCut) throw error
        return { status, body }
      })
      latencies.push(performance.now() - sent)
      length ??= answer.body.length
      if (answer.status !== status || Math.abs(answer.body.length - length) > TOLERANCE) {
        throw new Error(`expected status ${status} and about ${length} bytes, got ${answer.status}: ${answer.body.slice(0, 2_000)}`)
      }
      body = answer.body
      if (!fresh) continue
      connection.close()
      connection = await Connection.open(port)
    }
    connection.close()
  }

  const start = performance.now()
  await Promise.all(Array.from({ length: connections }, work))
  return { latencies, body, elapsed: (performance.now() - start) / 1_000 }
}

interface Answer { status: number, body: string }

class Connection {
  readonly #socket: Socket
  #received = ''
  #resolve: (answer: Answer) => void = () => {}
  #reject: (error: Error) => void = () => {}

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.removeAllListeners()
    socket.on('data', chunk => {
      this.#received += chunk.toString('latin1')
      const answer = split(this.#received)
      if (answer === undefined) return
      this.#received = ''
      this.#resolve(answer)
    })
    // Where the answer is there already, nobody minds: 413 comes while the body is still on its way.
    socket.on('error', error => this.#reject(error))
    socket.on('close', () => this.#reject(new Error('the server has closed a connection without an answer')))
  }

  static async open (port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Connection(socket)
  }

  async exchange (request: Buffer): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#socket.write(request)
    })
  }

  close (): void {
    this.#socket.destroy()
  }
}

/** An answer that is there as a whole. */
function split (received: string): Answer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1]
  if (length === undefined) throw new Error(`an answer without content-length: ${received.slice(0, end)}`)
  const body = received.slice(end + 4)
  return body.length < Number(length) ? undefined : { status: Number(received.slice(9, 12)), body }
}
