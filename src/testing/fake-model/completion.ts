import { pieces, textOf } from './answer.js'
import type { FakeAnswer, FakeModelRequest } from './types.js'

/** The answer to a request without `stream`, as OpenAI's API has it. */
export function completion (request: FakeModelRequest, answer: FakeAnswer): object {
  const reasoning = pieces(answer.reasoning).join('')
  return {
    ...head(request, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: pieces(answer.text).join(''),
          ...(reasoning === '' ? {} : { reasoning_content: reasoning })
        },
        logprobs: null,
        finish_reason: 'stop'
      }
    ],
    usage: usage(request, answer)
  }
}

/** The chunks of a streamed answer, the last one without choices where usage was asked for. */
export function chunks (request: FakeModelRequest, answer: FakeAnswer): object[] {
  const chunk = (delta: object, reason: string | null = null) => ({
    ...head(request, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }]
  })
  const { stream_options: options } = request.body
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(answer.reasoning).map(piece => chunk({ reasoning_content: piece })),
    ...pieces(answer.text).map(piece => chunk({ content: piece })),
    chunk({}, 'stop'),
    ...(Object(options) as { include_usage?: unknown }).include_usage === true
      ? [{ ...head(request, 'chat.completion.chunk'), choices: [], usage: usage(request, answer) }]
      : []
  ]
}

/** An error as OpenAI's API has it. */
export function failure (status: number, message: string): object {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error'
  return { error: { message, type, param: null, code: null } }
}

function head ({ number, model }: FakeModelRequest, object: string): object {
  return { id: `chatcmpl-fake-${number}`, object, created: Math.floor(Date.now() / 1000), model }
}

/** A character is a token. */
function usage ({ messages }: FakeModelRequest, { text, reasoning }: FakeAnswer): object {
  const asked = messages.reduce((sum, message) => sum + [...textOf(message)].length, 0)
  const said = [...pieces(text), ...pieces(reasoning)].reduce((sum, piece) => sum + [...piece].length, 0)
  return { prompt_tokens: asked, completion_tokens: said, total_tokens: asked + said }
}
