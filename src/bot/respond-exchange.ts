import type { IncomingMessage } from 'node:http'
import { describeFault, send, SendFault } from './send.js'

/** What a response_url made of a message: WeCom's number, or why nobody knows; neither where it was taken. */
export interface Exchanged {
  readonly errcode?: number
  readonly fault?: string
}

/** Posts once, and reads the answer. Never throws. */
export async function exchange (
  url: URL,
  body: string,
  timeout: number,
  signal: AbortSignal | undefined
): Promise<Exchanged> {
  const started = performance.now()
  const bytes = Buffer.from(body)
  let response: IncomingMessage | undefined
  let timer: NodeJS.Timeout | undefined
  try {
    response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(bytes.length) },
      body: bytes,
      timeout,
      signal
    })
    const answer = response
    timer = setTimeout(
      () => { answer.destroy(new SendFault(`no whole answer within ${timeout} ms`)) },
      timeout - (performance.now() - started)
    )
    return read(answer.statusCode ?? 0, await readText(answer))
  } catch (error) {
    return { fault: describeFault(error) }
  } finally {
    clearTimeout(timer)
    response?.destroy()
  }
}

async function readText (response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    // WeCom answers two fields.
    if (length > 65_536) throw new SendFault('an answer of more than 64 KiB')
  }
  return Buffer.concat(pieces).toString()
}

function read (status: number, text: string): Exchanged {
  const errcode = errcodeOf(text)
  if (errcode !== undefined && errcode !== 0) return { errcode }
  if (status < 200 || status > 299) return { fault: `status ${status}` }
  // Nothing at all is not what WeCom answers, and no complaint either.
  return errcode === 0 || text.trim() === '' ? {} : { fault: 'an answer without errcode' }
}

function errcodeOf (text: string): number | undefined {
  try {
    const { errcode } = Object(JSON.parse(text)) as { errcode?: unknown }
    return typeof errcode === 'number' ? errcode : undefined
  } catch {
    return undefined
  }
}
