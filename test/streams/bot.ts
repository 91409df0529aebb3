import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { newCredentials, sample, wecomClient, type WecomReply } from '../../src/testing/index.js'
import { openForTest, type Door, type DoorName, type DoorOptions } from '../doors/doors.js'

/** What a bot shows at one moment. */
export interface Frame {
  id: string
  content: string
  finish: boolean
  feedback: string | undefined
  images: number
  reply: WecomReply
}

/** A bot on a server of its own, and WeCom as it talks to it. */
export interface Bot {
  door: Door
  /** Sends a message; what the first answer shows, `undefined` where that is no stream. */
  say (content: string, fields?: object): Promise<Frame | undefined>
  /** The same message once more. */
  again (): Promise<Frame | undefined>
  /** What another bot was sent last, as a balancer has it. */
  take (from: Bot): Promise<Frame | undefined>
  /** The last message. */
  readonly sent: object
  poll (id: string, fields?: object): Promise<Frame | undefined>
  /** Polls until the end; every frame, the first answer included, and checks that nothing ever shrinks. */
  follow (first: Frame | undefined, every?: number): Promise<Frame[]>
  /** The last answer, whatever it is. */
  readonly last: WecomReply
}

export const credentials = newCredentials('')

export async function openBot (name: DoorName, options: Omit<DoorOptions, 'credentials'>): Promise<Bot> {
  return botOf(await openForTest(name, { credentials, ...options }))
}

export function botOf (door: Door): Bot {
  const client = wecomClient({ credentials, url: `http://127.0.0.1:${door.port}/wecom` })
  let sent: object = {}
  let last: WecomReply

  async function send (message: object): Promise<Frame | undefined> {
    last = await client.send(message)
    return frameOf(last)
  }

  const bot: Bot = {
    door,
    get last () { return last },
    get sent () { return sent },
    async say (content, fields = {}) {
      sent = { ...sample('aibot.text'), msgid: randomUUID(), chattype: 'single', chatid: undefined, text: { content }, quote: undefined, ...fields }
      return await send(sent)
    },
    async again () { return await send(sent) },
    async take (from) {
      sent = from.sent
      return await send(sent)
    },
    async poll (id, fields = {}) {
      const { msgid: _msgid, response_url: _url, ...about } = sent as Record<string, unknown>
      return await send({ ...about, text: undefined, msgid: randomUUID(), msgtype: 'stream', stream: { id }, ...fields })
    },
    async follow (first, every = 20) {
      if (first === undefined) throw new Error('the first answer is no stream')
      const frames = [first]
      let shown = first
      while (!shown.finish) {
        if (frames.length > 2_000) throw new Error('the stream never ends')
        await sleep(every)
        const frame = await bot.poll(first.id)
        if (frame === undefined) continue
        if (!frame.content.startsWith(shown.content)) throw new Error(`shrunk: ${shown.content} → ${frame.content}`)
        if (frame.id !== first.id) throw new Error('another id')
        frames.push(frame)
        shown = frame
      }
      return frames
    }
  }
  return bot
}

function frameOf (reply: WecomReply): Frame | undefined {
  const stream = reply.message?.stream as { id: string, content?: string, finish?: boolean, feedback?: { id: string }, msg_item?: unknown[] } | undefined
  if (stream === undefined) return undefined
  const { id, content = '', finish = false, feedback, msg_item: images = [] } = stream
  return { id, content, finish, feedback: feedback?.id, images: images.length, reply }
}

export function final (frames: readonly Frame[]): Frame {
  return frames.at(-1) as Frame
}
