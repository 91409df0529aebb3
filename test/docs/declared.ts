/** What the examples use of packages that are not installed here: as much as they use of them. */
export const DECLARED = new Map([
  ['@anthropic-ai/sdk', `
    declare namespace Anthropic {
      type RawMessageStreamEvent =
        | { type: 'message_start', message: object }
        | { type: 'message_delta', delta: { stop_reason: string | null } }
        | { type: 'content_block_delta', index: number, delta: { type: 'text_delta', text: string } | { type: 'thinking_delta', thinking: string } }
    }
    declare class Anthropic {
      messages: { create (body: { model: string, max_tokens: number, stream: true, messages: { role: 'user' | 'assistant', content: string }[] }, options: { signal: AbortSignal }): Promise<AsyncIterable<Anthropic.RawMessageStreamEvent>> }
    }
    export default Anthropic`],
  ['@langchain/core/language_models/chat_models', `
    export declare class BaseChatModel { stream (input: string, options: { signal: AbortSignal }): Promise<AsyncIterable<{ readonly text: string }>> }`],
  ['prom-client', `
    export declare class Counter<Label extends string> {
      constructor (settings: { name: string, help: string, labelNames: Label[] })
      inc (labels: Partial<Record<Label, string>>, by?: number): void
      reset (): void
    }
    export declare const register: { metrics (): Promise<string> }`]
])
