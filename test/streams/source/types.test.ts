import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { complaintsAbout, root, strictOptions } from '../../support/compile.js'

/** What users write, with the real packages: none is a dependency of this one. */
const source = (ai: string, openai: string) => `
import { streamText, tool, jsonSchema, type LanguageModel, type TextStreamPart, type ToolSet } from '${ai}'
import OpenAI from '${openai}'
import { Readable } from 'node:stream'
import { createRouter, stream, type StreamOptions, type StreamReply, type StreamSource } from 'fastify-wecom'

declare const model: LanguageModel
declare const openai: OpenAI
declare const bytes: Uint8Array
declare const parts: AsyncIterable<TextStreamPart<ToolSet>>
const search = tool({ description: 'finds', inputSchema: jsonSchema<{ query: string }>({ type: 'object' }), execute: async ({ query }) => ({ found: query }) })
const messages = [{ role: 'user' as const, content: 'x' }]

const reply: StreamReply = stream(streamText({ model, prompt: 'x' }))
stream(streamText({ model, prompt: 'x', tools: { search } }), { show: part => part.type === 'tool-call' ? { type: 'thinking', text: String(part.toolName) } : undefined })
stream(streamText({ model, prompt: 'x' }).fullStream)
stream(streamText({ model, prompt: 'x' }).textStream)
stream(parts)
stream(async () => streamText({ model, prompt: 'x' }))
createRouter()
  .on('aibot.text', (message, context) => stream(streamText({ model, prompt: message.text.content, abortSignal: AbortSignal.timeout(1_000) })))
  .on('aibot.mixed', async () => stream(await openai.chat.completions.create({ model: 'm', messages, stream: true })))
  .on('aibot.voice', () => stream(openai.chat.completions.create({ model: 'm', messages, stream: true })))
  .on('aibot.file', () => stream(openai.chat.completions.stream({ model: 'm', messages })))
  .on(['aibot.image', 'aibot.video'], () => stream(async (writer, { signal }) => {
    const left: number = writer.bytesLeft
    signal.throwIfAborted()
    await writer.text('x')
    await writer.thinking(String(left))
    writer.image(bytes)
    writer.card({ card_type: 'text_notice', card_action: { type: 1, url: 'x' } })
  }))
stream('x')
stream(['x', { type: 'image', data: bytes }, { type: 'card', card: { card_type: 'text_notice', card_action: { type: 1, url: 'x' } } }])
stream(Readable.from(['x']))
stream(async function * () { yield 'x'; yield { type: 'thinking', text: 'y' } as const })
stream(new ReadableStream<string>())
stream(Promise.resolve(new ReadableStream<string>()))
const options: StreamOptions = { placeholder: undefined, thinking: undefined, show: undefined, feedback: undefined, rest: undefined, life: undefined, texts: { failed: undefined }, onEnd: undefined }
const everything: StreamSource = Promise.resolve(parts)
stream(everything, options)
stream('x', { onEnd: ({ text, cause }) => cause === 'done' && text.length })
// @ts-expect-error a number is no source
stream(5)
// @ts-expect-error nor is nothing
stream(undefined)
// @ts-expect-error bytes are no text
stream(new ReadableStream<Uint8Array>())
// @ts-expect-error nor are a whole model's answer
stream({ text: 'x' })
// @ts-expect-error a part of text has a text
stream([{ type: 'text', text: 5 }])
// @ts-expect-error feedback is true or an id
stream('x', { feedback: false })
// @ts-expect-error there is no such option
stream('x', { lifetime: 5 })
// @ts-expect-error the welcome takes no stream
createRouter().on('aibot.event.enter_chat', () => stream('x'))
// @ts-expect-error polls are answered by the package
createRouter().on('aibot.stream', () => stream('x'))
// @ts-expect-error an app takes none
createRouter().on('text', () => stream('x'))
export { reply }
`

/** A browser's types beside those of Node.js, or these alone. */
const LIBRARIES: Array<[string, string[]]> = [['ES2022 alone', ['es2022']], ['ES2022 and the DOM', ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable']]]

/** As its users have them, the declarations that `npm run build` makes. */
const OPTIONS = { ...strictOptions({ 'fastify-wecom': [`${root}/dist/index.d.ts`] }), noUncheckedIndexedAccess: true }

test.each(LIBRARIES)('sources of the AI SDK (6 and 7) and of openai (6 and 7) compile with %s', async (_, lib) => {
  const files = new Map([['ai', 'openai'], ['ai-6', 'openai-6']].map(([ai, openai], index) => [`user-${index}.mts`, source(ai as string, openai as string)]))
  expect(await complaintsAbout(files, { ...OPTIONS, lib })).toEqual([])
})

test.each(LIBRARIES)('the types of sources need neither package, with %s', async (_, lib) => {
  const code = `
import type { StreamSource, StreamWriter, StreamOptions, StreamPart, StreamChunk, StreamIterable, AiSdkPart, OpenAiChatChunk, StreamReply, StreamResult, StreamTexts, StreamCause } from 'fastify-wecom'
export type All = [StreamSource, StreamWriter, StreamOptions, StreamPart, StreamChunk, StreamIterable, AiSdkPart, OpenAiChatChunk, StreamReply, StreamResult, StreamTexts, StreamCause]
`
  const files = new Map([['user.mts', code]])
  // Where neither is installed.
  expect(await complaintsAbout(files, { ...OPTIONS, lib }, tmpdir())).toEqual([])
})
