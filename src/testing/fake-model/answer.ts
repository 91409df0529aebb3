import { isObject } from '../../message/object.js'
import type { FakeAnswer, FakeModelMessage, FakeModelRequest } from './types.js'

/** What the model says where it is not told: always the same to the same messages. */
export function defaultAnswer ({ messages }: FakeModelRequest): string {
  const asked = messages.filter(({ role }) => role === 'user').map(textOf)
  const last = asked.at(-1)?.trim() ?? ''
  const quoted = last === '' ? '（空）' : last
  return `这是一个假模型，不需要密钥，也不会思考。\n\n你说的是：\n\n${quoted.replace(/^/gm, '> ')}\n\n` +
    `- 这是第 **${asked.length}** 轮对话\n- 这条消息有 **${[...last].length}** 个字符\n\n` +
    '换成真的模型：设置 `OPENAI_BASE_URL`、`OPENAI_API_KEY` 和 `OPENAI_MODEL`。👋'
}

/** The pieces of a text: one to four characters each, never half of one, and always the same for the same text. */
export function pieces (text: FakeAnswer['text'] | undefined): string[] {
  if (text === undefined) return []
  if (typeof text !== 'string') return [...text]
  const characters = [...text]
  const cut: string[] = []
  for (let from = 0, length = 0; from < characters.length; from += length) {
    length = 1 + (cut.length * 7 + 3) % 4
    cut.push(characters.slice(from, from + length).join(''))
  }
  return cut
}

/** The words of a message, without its pictures. */
export function textOf ({ content }: FakeModelMessage): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part: unknown) => isObject(part) && typeof part.text === 'string' ? part.text : '')
    .filter(text => text !== '')
    .join('\n')
}
