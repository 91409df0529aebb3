import type { OpenAiChatChunk } from 'fastify-wecom'

/** An OpenAI-compatible endpoint. */
export interface Model {
  /** As `https://api.openai.com/v1`. */
  baseUrl: string
  apiKey: string | undefined
  name: string
}

export interface Turn {
  role: 'user' | 'assistant'
  content: string
}

/** Asks the model, and gives the chunks of its answer as they come (server-sent events). */
export async function * ask (
  { baseUrl, apiKey, name }: Model, messages: Turn[], signal: AbortSignal
): AsyncGenerator<OpenAiChatChunk> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
    body: JSON.stringify({ model: name, messages, stream: true }),
    signal
  })
  if (!response.ok || response.body === null) throw new Error(`the model answered with status ${response.status}`)
  let rest = ''
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() as string
    for (const line of lines) {
      const data = /^data: ?(.*?)\r?$/.exec(line)?.[1]
      if (data === '[DONE]') return
      if (!data) continue
      const chunk = JSON.parse(data) as OpenAiChatChunk & { error?: { message?: string } }
      if (chunk.error) throw new Error(`the model failed: ${chunk.error.message ?? 'it does not say why'}`)
      yield chunk
    }
  }
}
