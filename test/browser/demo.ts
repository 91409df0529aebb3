import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type * as Root from '../../src/index.js'
import type * as Playground from '../../src/playground/index.js'
import type * as Testing from '../../src/testing/index.js'

// The page's scripts exist only after the build; all from there, as the playground and the plugin must be of one piece.
const load = async <Module>(path: string) => await import(new URL(`../../dist/${path}`, import.meta.url).href) as Module
const { createRouter, news, text, wecom } = await load<typeof Root>('index.js')
const { playground } = await load<typeof Playground>('playground/index.js')
const { newCredentials } = await load<typeof Testing>('testing/index.js')

export interface Demo {
  app: FastifyInstance
  /** Printed: with the key. */
  url: string
  /** Kinds that handlers ran for. */
  handled: string[]
  credentials: Testing.TestCredentials
}

/** A help desk with something to look at: an app, and a bot that streams. */
export async function startDemo (port = 0, options: Partial<Playground.PlaygroundOptions> = {}): Promise<Demo> {
  const handled: string[] = []
  const credentials = newCredentials()
  const streams = new Map<string, number>()
  const steps = ['', '正在查找会议室…', '正在查找会议室…\n\n**海棠厅**今天 15:00 有空，可容纳 12 人。']
  const router = createRouter()
    .on('text', ({ Content }) => {
      if (Content === '图文') return news([{ Title: '新员工指南', Description: '入职第一周要做的七件事', Url: 'https://intranet.example/guide', PicUrl: 'https://intranet.example/guide.png' }, { Title: '请假与报销', Url: 'https://intranet.example/leave' }])
      if (Content === 'hostile') return news([{ Title: HOSTILE, Description: HOSTILE, Url: `javascript:alert(1)//${HOSTILE}`, PicUrl: `x${HOSTILE}` }])
      if (Content === 'no articles') return news([])
      if (Content.startsWith('throw')) throw new Error(HOSTILE)
      return text(Content === HOSTILE ? HOSTILE : `收到：${Content}`)
    })
    .on('event.click', ({ EventKey }) => text(EventKey === 'HELP' ? '您好，请问需要什么帮助？\n回复“图文”查看指南。' : `您点了 ${EventKey}`))
    .on('aibot.text', ({ msgid, text: { content } }) => content === HOSTILE
      ? { msgtype: 'stream_with_template_card' as const, stream: { id: 's', finish: true, content: `<think>${HOSTILE}</think>${HOSTILE}` }, template_card: { card_type: 'text_notice' as const, main_title: { title: HOSTILE, desc: HOSTILE }, card_action: { type: 1 as const, url: 'https://x.example' } } }
      : { msgtype: 'stream' as const, stream: { id: msgid, finish: false, content: '' } })
    .on('aibot.stream', ({ stream: { id } }) => {
      const step = Math.min(2, (streams.get(id) ?? 0) + 1)
      streams.set(id, step)
      return { msgtype: 'stream' as const, stream: { id, finish: step === 2, content: steps[step] as string } }
    })
  const app = Fastify() as unknown as FastifyInstance
  const handle: typeof router.handle = async (message, context) => {
    handled.push(context.kind)
    return await router.handle(message, context)
  }
  await app.register(wecom, { path: '/wecom/callback', credentials, handler: { handle } })
  let url = ''
  await app.register(playground, { credentials, onAddress: address => { url = address }, ...options })
  await app.listen({ port, host: '127.0.0.1' })
  return { app, url, handled, credentials }
}

/** What must stay text wherever it turns up. */
export const HOSTILE = '<script>window.hacked=1</script>"><img src=x onerror="window.hacked=1">{{1}}&lt;b&gt;'

export function portOf ({ app }: Demo): number {
  return (app.server.address() as AddressInfo).port
}
