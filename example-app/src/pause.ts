import { setTimeout } from 'node:timers/promises'
import type { CallbackContext } from 'fastify-wecom'

/** Seconds. */
const LONGEST = 300

/** Delays the reply to `slow 22` or `慢 22` by that many seconds, to try what WeCom does when a handler is slow. */
export async function pauseFor (content: string, context: CallbackContext): Promise<void> {
  const seconds = /^\s*(?:slow|慢)\s*(\d{1,3})\s*$/i.exec(content)?.[1]
  if (seconds === undefined) return
  await setTimeout(Math.min(Number(seconds), LONGEST) * 1_000, undefined, { signal: context.signal })
}
