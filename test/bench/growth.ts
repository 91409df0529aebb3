import { batchOf, texting } from './contenders.js'
import { drive } from './driver.js'
import { table } from './figures.js'
import { measure, ratio, times, type Contender, type Measured } from './measure.js'
import { AROUND_TEXT, post, typed, type Format } from './messages.js'
import type { Options } from './options.js'
import { ServerHandle } from './server-handle.js'

// How the cost of a request grows: with its size, the number of credentials, what strangers send, and with time. Replies
// are short, as no reply may be longer than 2048 bytes.

const SIZES = [1_024, 10_240, 102_400]
const CREDENTIALS = [1, 5, 20]
const GARBAGE = 1_000_000
/** Parts of a long run. */
const TENTHS = 10

export async function growth (options: Options): Promise<unknown> {
  const all: Record<string, unknown> = {}
  for (const format of options.formats) {
    all[format] = {
      sizes: await growthBySize(format, options),
      credentials: await growthByCredentials(format, options),
      strangers: await strangers(format, options),
      garbage: await garbage(format, options),
      time: await growthByTime(format, options)
    }
  }
  return all
}

async function growthBySize (format: Format, { servers, start, amounts }: Options): Promise<Measured[]> {
  const contenders = servers.flatMap(server => SIZES.map(size => ({
    ...texting(server, format, size, { ...start, short: true }), label: `${server}, ${size / 1_024} KiB`
  })))
  const measured = await measure(contenders, { ...amounts, requests: Math.ceil(amounts.requests / 5), warmUp: Math.ceil(amounts.warmUp / 5) })
  const limits = measured.filter(({ server }) => server === 'limit')
  console.log(`\n${table(
    ['message size', 'format', 'µs CPU', 'µs a KiB more', 'of limit'],
    measured.map((own, index) => {
      const step = index % SIZES.length
      const before = step === 0 ? undefined : measured[index - 1]!
      const slope = before === undefined ? '' : ((own.cpu - before.cpu) / ((SIZES[step]! - SIZES[step - 1]!) / 1_024)).toFixed(2)
      return [own.label, format, own.cpu.toFixed(1), slope, times(ratio(own, limits[step]))]
    })
  )}`)
  return measured
}

async function growthByCredentials (format: Format, { size, start, amounts }: Options): Promise<Measured[]> {
  const measured = await measure(CREDENTIALS.map(credentials => ({
    ...texting('plugin', format, size, { ...start, credentials, short: true }), label: `${credentials}, the last one fits`
  })), amounts)
  console.log(`\n${table(
    ['credentials', 'format', 'µs CPU', 'µs for each more', 'of one'],
    measured.map((own, index) => {
      const more = CREDENTIALS[index]! - 1
      return [own.label, format, own.cpu.toFixed(1), more === 0 ? '' : ((own.cpu - measured[0]!.cpu) / more).toFixed(2), times(ratio(own, measured[0]))]
    })
  )}`)
  return measured
}

/** A request that nobody has signed, beside a good one; on node:http, as Fastify ends the connection with a refusal. */
async function strangers (format: Format, { size, start, amounts }: Options): Promise<Measured[]> {
  const good = { ...texting('node', format, size, start), label: 'a good request' }
  const forged: Contender = {
    ...good, label: 'a wrong signature', batch: batchOf(format, typed(size - AROUND_TEXT), { forged: true }), check: () => {}, drive: { status: 401 }
  }
  return besideTheFirst(['request', 'of a good one'], await measure([good, forged], amounts))
}

/** A body that is too long, beside reading it. Each comes on a connection of its own, as 413 ends it. */
async function garbage (format: Format, { start, amounts }: Options): Promise<Measured[]> {
  const body = Buffer.alloc(GARBAGE, 'garbage ')
  const query = new URLSearchParams({ msg_signature: '0'.repeat(40), timestamp: String(Math.floor(Date.now() / 1000)), nonce: 'n' }).toString()
  const request = post(format, query, body)
  const long = (label: string, server: string, status: number): Contender => ({
    label, server, format, start, batch: count => Array.from({ length: count }, () => request), check: () => {}, drive: { status, fresh: true, mayBeCut: status !== 200 }
  })
  const few = { rounds: amounts.rounds, requests: Math.ceil(amounts.requests / 5), warmUp: Math.ceil(amounts.warmUp / 5) }
  return besideTheFirst(['1 MB of garbage', 'of reading it'], await measure([long('read by a bare server', 'bare', 200), long('refused with 413', 'plugin', 413)], few))
}

function besideTheFirst ([what, of]: [string, string], measured: Measured[]): Measured[] {
  console.log(`\n${table([what, 'format', 'µs CPU', of], measured.map(own => [own.label, own.format, own.cpu.toFixed(1), times(ratio(own, measured[0]))]))}`)
  return measured
}

interface Tenth { messages: number, cpu: number, ofLimit: number, heap: number, rss: number }

/** Many messages to one server: does it get slower, or bigger? The limit server beside it tells what the machine does. */
async function growthByTime (format: Format, { size, start, messages }: Options): Promise<Tenth[]> {
  const handles = [await ServerHandle.start('plugin', format, start), await ServerHandle.start('limit', format, start)] as const
  const { batch } = texting('plugin', format, size)
  const tenths: Tenth[] = []
  try {
    for (const { port } of handles) await drive(port, batch(4_000))
    for (let tenth = 1; tenth <= TENTHS; tenth++) {
      const cpu = [0, 0]
      // In parts, so that requests are not older than servers take them, and both see the same machine.
      for (let left = messages / TENTHS; left > 0; left -= PART) {
        const prepared = batch(Math.min(PART, left))
        for (const [index, handle] of handles.entries()) {
          const before = await handle.usage()
          await drive(handle.port, prepared)
          cpu[index]! += await handle.usage() - before
        }
      }
      const { heapUsed, rss } = await handles[0].ask<NodeJS.MemoryUsage>('memory')
      tenths.push({ messages: messages / TENTHS * tenth, cpu: cpu[0]! / (messages / TENTHS), ofLimit: cpu[0]! / cpu[1]!, heap: heapUsed, rss })
    }
  } finally {
    await Promise.all(handles.map(async handle => await handle.stop()))
  }
  console.log(`\n${table(
    ['messages so far', 'format', 'µs CPU', 'of limit', 'heap MiB', 'RSS MiB'],
    tenths.map(({ messages, cpu, ofLimit, heap, rss }) => [String(messages), format, cpu.toFixed(1), times(ofLimit), mebi(heap), mebi(rss)])
  )}`)
  return tenths
}

const PART = 2_000

function mebi (bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
