// Checked by `npm run types`; nothing here runs.
import { expectTypeOf } from 'vitest'
import type { AibotMessage, EventMessage, InfoMessage, MessageKey, OrdinaryMessage, SmartSheetChangeAddFiledEvent, TemplateCardEvent, TextMessage, WecomMessage } from '../../src/index.js'
import type { MessageMap } from '../../src/message/types.js'
import type { expected as contacts } from './expected/contacts.ts'

declare const message: WecomMessage

// MsgType, Event, ChangeType, InfoType and msgtype narrow without casts.
if (message.MsgType === 'text') {
  expectTypeOf(message).toEqualTypeOf<TextMessage>()
  expectTypeOf(message.MsgId).toBeString()
  expectTypeOf(message.CreateTime).toBeNumber()
}
if (message.MsgType === 'event') expectTypeOf(message).toEqualTypeOf<EventMessage>()
if (message.MsgType === 'location') expectTypeOf(message.Location_X).toBeNumber()
if (message.Event === 'template_card_event') expectTypeOf(message).toEqualTypeOf<TemplateCardEvent>()
if (message.Event === 'change_contact' && message.ChangeType === 'create_user') expectTypeOf(message.UserID).toBeString()
if (message.Event === 'change_contact' && message.ChangeType === 'update_tag') expectTypeOf(message.TagId).toBeString()
if (message.Event === 'wedrive_file_change') expectTypeOf(message.FileId).toEqualTypeOf<string[]>()
if (message.Event === 'smart_sheet_change' && message.ChangeType === 'add_field') expectTypeOf(message).toEqualTypeOf<SmartSheetChangeAddFiledEvent>()
if (message.InfoType !== undefined) expectTypeOf(message).toEqualTypeOf<InfoMessage>()
if (message.InfoType === 'create_auth') expectTypeOf(message.AuthCode).toBeString()
if (message.InfoType === 'change_contact' && message.ChangeType === 'create_user') expectTypeOf(message.AuthCorpId).toBeString()
if (message.msgtype !== undefined) expectTypeOf(message).toEqualTypeOf<AibotMessage>()
if (message.msgtype === 'mixed') expectTypeOf(message.mixed.msg_item).toBeArray()
if (message.msgtype === 'event' && message.event.eventtype === 'template_card_event') expectTypeOf(message.event.template_card_event.task_id).toBeString()

// Changes of the same name under different events stay apart.
if (message.ChangeType === 'create') expectTypeOf(message.Event).toEqualTypeOf<'change_external_chat' | 'change_external_tag' | undefined>()

// The union is of app messages, events, notices and bots; each kind is in its own.
expectTypeOf<WecomMessage>().toEqualTypeOf<OrdinaryMessage | EventMessage | InfoMessage | AibotMessage>()
expectTypeOf<OrdinaryMessage['MsgType']>().toEqualTypeOf<'text' | 'image' | 'voice' | 'video' | 'location' | 'link' | 'file'>()
expectTypeOf<MessageMap[Exclude<MessageKey, `groupbot.${string}` | 'payment'>]>().toEqualTypeOf<WecomMessage>()

// The literal of a sample is one of its kind, and of no other.
expectTypeOf<(typeof contacts)['event.change_contact.create_user'][number]>().toExtend<{ UserID: string }>()

// @ts-expect-error -- a text message has no Event
if (message.MsgType === 'text' && message.Event === 'click') String(message.EventKey)
// @ts-expect-error -- no such MsgType
if (message.MsgType === 'txt') String(message)
// @ts-expect-error -- not before narrowing
String(message.Content)
