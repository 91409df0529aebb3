import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { stream, text } from '../../src/index.js'
import { botOf, final, openBot, type Frame } from './bot.js'

const CARD = {
  msgtype: 'template_card',
  template_card: { card_type: 'text_notice', main_title: { title: '结果' }, card_action: { type: 1, url: 'https://example.com' }, task_id: 't1' }
} as const

const REPLIES = {
  text: () => text('好的'),
  stream: () => stream(['好', '的']),
  card: () => CARD,
  nothing: () => undefined,
  throw: () => { throw new Error('secret reason') }
}
type What = keyof typeof REPLIES

/** What WeCom comes to see: a bubble that ended, a card, nothing, or a failure that it would try again. */
function seen (first: Frame | undefined, frames: readonly Frame[] | undefined, answer: { kind: string | undefined, status: number }): string {
  if (first === undefined || frames === undefined) return answer.status === 200 ? answer.kind ?? 'nothing' : String(answer.status)
  const last = final(frames)
  return `${last.reply.kind ?? ''}: ${last.content}`
}

test('handlers of 4.4, 4.6, 7 and 60 seconds with a text, a stream, a card, nothing and a throw: answered in time, always one bubble, and it ends', { timeout: 90_000 }, async () => {
  const { door } = await openBot('Fastify, a handler of the plugin', {
    reply: async ({ message }) => {
      const [what, takes] = (message as unknown as { text: { content: string } }).text.content.split(' ')
      await sleep(Number(takes))
      return REPLIES[what as What]()
    }
  })
  const results = await Promise.all([4_400, 4_600, 7_000, 60_000].flatMap(takes => Object.keys(REPLIES).map(async what => {
    const bot = botOf(door)
    const first = await bot.say(`${what} ${takes}`)
    // WeCom waits for five seconds.
    expect(bot.last.ms).toBeLessThan(5_000)
    const { kind, status } = bot.last
    const frames = first === undefined ? undefined : await bot.follow(first, 500)
    return { takes, what: what as What, shown: seen(first, frames, { kind, status }), content: frames === undefined ? undefined : final(frames).content }
  })))

  const LATE: Record<What, RegExp> = { text: /^stream: 好的$/, stream: /^stream: 好的$/, card: /^stream_with_template_card: \S/, nothing: /^stream: \S/, throw: /^stream: \S/ }
  const AT_ONCE: Record<What, RegExp> = { text: /^stream: 好的$/, stream: /^stream: 好的$/, card: /^template_card$/, nothing: /^nothing$/, throw: /^500$/ }
  for (const { takes, what, shown, content } of results) {
    // At 4.4 seconds either may come first.
    if (takes === 4_400 && AT_ONCE[what].test(shown)) continue
    expect(shown).toMatch(LATE[what])
    expect(content).not.toContain('secret')
  }
})
