import type { CallbackContext } from '../delivery/context.js'
import { createRouter as createAnyRouter, type Router, type RouterContext } from '../router/router.js'

// What handlers need whichever the door: exported by each.
export { conversationKey, type ConversationKeyOptions } from '../bot/conversation-key.js'
export { mediaOf, type AnyAibotMessage, type MediaRef } from '../bot/media-of.js'
export { openMedia, type OpenMediaOptions } from '../bot/open-media.js'
export type { OpenedMedia } from '../bot/opened-media.js'
export { promptOf, type PromptOptions } from '../bot/prompt-of.js'
export type { MarkdownReply, RespondReply } from '../bot/respond-reply.js'
export { image, news, updateButton, video, voice } from '../reply/builders.js'
export { text } from '../reply/text.js'
export type * from '../reply/types.js'
export type * from '../message/types.js'
export { stream } from '../streams/source/stream.js'
export type { StreamOptions } from '../streams/source/stream-options.js'
export type {
  AiSdkPart, OpenAiChatChunk, StreamChunk, StreamIterable, StreamSource, StreamWriter
} from '../streams/source/types.js'
export type { StreamCause, StreamPart, StreamResult, StreamTexts } from '../streams/options.js'
export { WecomError, type WecomErrcode, type WecomErrorCode } from '../errors.js'
export type { CredentialHint, ReceiveIdPolicy, WecomCredential, WecomCredentials } from '../credentials/types.js'
export type { AttachOptions, Attempt, AttemptStore, Outcome, OwnedRun, Settlement } from '../delivery/attempts.js'
export type { CallbackContext } from '../delivery/context.js'
export type { Inbox, InboxMessage } from '../delivery/inbox.js'
export { memoryStore, type MemoryStoreOptions } from '../delivery/memory-store.js'
export { memoryStreams, type MemoryStreamsOptions } from '../streams/memory-streams.js'
export type {
  NewStream, StreamEnd, StreamStore, StreamSuffixes, StreamView, StreamWrite, StreamWritten
} from '../streams/store.js'
export { counters, type WecomCounters } from '../telemetry/counters.js'
export type { Log } from '../telemetry/log.js'
export type { WecomCallback } from '../receiver/types.js'

/** A router of handlers that are given the message and its context. */
export type WecomRouter<Context extends RouterContext = CallbackContext> = Router<Context>

/**
 * Makes a router for `handler`: typed handlers by key, each given the message and its context.
 *
 * @example
 * ```ts
 * const router = createRouter().on('text', (message, context) => text(`${context.sender}: ${message.Content}`))
 * ```
 */
export const createRouter: <Context extends RouterContext = CallbackContext>() => WecomRouter<Context> = createAnyRouter
