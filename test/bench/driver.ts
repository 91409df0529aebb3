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
  let last: Answer = { status, body: Buffer.alloc(0) }

  async function work (): Promise<void> {
    let connection = await Connection.open(port)
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const sent = performance.now()
      const answer = mayBeCut ? await connection.exchange(request).catch(() => ({ ...last, status })) : await connection.exchange(request)
      latencies.push(performance.now() - sent)
      length ??= answer.body.length
      if (answer.status !== status || Math.abs(answer.body.length - length) > TOLERANCE) {
        throw new Error(`expected status ${status} and about ${length} bytes, got ${answer.status}: ${answer.body.toString('latin1', 0, 2_000)}`)
      }
      last = answer
      if (!fresh) continue
      connection.close()
      connection = await Connection.open(port)
    }
    connection.close()
  }

  const start = performance.now()
  await Promise.all(Array.from({ length: connections }, work))
  return { latencies, body: last.body.toString('latin1'), elapsed: (performance.now() - start) / 1_000 }
}

/** Its body is where the connection reads to, so the next answer overwrites it. */
interface Answer { status: number, body: Buffer }

// What the driver spends, servers on its processor lack. So a connection has one buffer to read into, and only the head of
// what it reads becomes text.
class Connection {
  readonly #socket: Socket
  #received = NOTHING
  #resolve: (answer: Answer) => void = () => {}
  #reject: (error: Error) => void = () => {}

  private constructor (port: number, opened: (connection: Connection) => void) {
    const buffer = Buffer.allocUnsafeSlow(BUFFER)
    const callback = (bytes: number): boolean => {
      this.#receive(buffer.subarray(0, bytes))
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } }, () => opened(this))
    // Where the answer is there already, nobody minds: 413 comes while the body is still on its way.
    this.#socket.on('error', error => this.#reject(error))
    this.#socket.on('close', () => this.#reject(new Error('the server has closed a connection without an answer')))
  }

  static async open (port: number): Promise<Connection> {
    return await new Promise((resolve, reject) => { new Connection(port, resolve).#reject = reject })
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

  #receive (bytes: Buffer): void {
    const received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    const answer = split(received)
    // The next bytes overwrite these.
    this.#received = answer === undefined ? Buffer.from(received) : NOTHING
    if (answer !== undefined) this.#resolve(answer)
  }
}

const NOTHING = Buffer.alloc(0)
/** Bytes: more than an answer has. */
const BUFFER = 16_384

/** An answer that is there as a whole. */
function split (received: Buffer): Answer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = received.toString('latin1', 0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`)
  const body = received.subarray(end + 4)
  return body.length < Number(length) ? undefined : { status: Number(head.slice(9, 12)), body }
}
