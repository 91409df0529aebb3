import { expectTypeOf, test } from 'vitest'
import { image, news, text, updateButton, video, voice, type AibotReply, type AppReply, type GroupBotReply, type LateReply, type PassiveReplyKey, type Reply, type ReplyTo, type StreamReply, type TextReply } from '../../src/index.js'
import type { Receiver, WecomCallback } from '../../src/receiver/index.js'

// What compiles here is the test; `npm run types` runs it.
const accept = (reply: Reply): Reply => reply

test('replies compile as WeCom writes them', () => {
  accept({ MsgType: 'text', Content: 'x' })
  accept({ MsgType: 'text', Content: 'x', ToUserName: 'lisi', CreateTime: 1 })
  accept({ MsgType: 'news', Articles: [{ Title: 't' }] })
  accept({ MsgType: 'news', Articles: { item: [{ Title: 't', Url: 'u' }] } })
  accept({ MsgType: 'text', Text: { Content: 'x', MentionedList: ['@all'] } })
  accept({ MsgType: 'markdown', Markdown: { Content: 'x', Attachment: [{ CallbackId: 'c', Actions: [{ Name: 'n', Type: 'button' }] }] } })
  accept({ msgtype: 'stream', stream: { id: 's', finish: true, msg_item: [{ msgtype: 'image', image: { base64: 'b', md5: 'm' } }], feedback: { id: 'f' } } })
  accept({ msgtype: 'stream_with_template_card', stream: { id: 's' } })
  accept({ response_type: 'update_template_card', template_card: { card_type: 'vote_interaction', main_title: {}, checkbox: { question_key: 'q', option_list: [{ id: 'o', text: 't', is_checked: true }] }, submit_button: { text: 't', key: 'k' } } })
  accept({ MsgType: 'update_template_card', TemplateCard: { CardType: 'text_notice', SubTitleText: 't', CardAction: { Type: 1, Url: 'u' } } })
  for (const nothing of [undefined, '', 'success', '<xml></xml>', '{}'] as const) accept(nothing)
  for (const built of [text('x'), image('m'), voice('m'), video('m'), news([]), updateButton('x')]) accept(built)
})

test('what WeCom would ignore or refuse does not compile', () => {
  // @ts-expect-error there is no such kind
  accept({ MsgType: 'file', File: { MediaId: 'm' } })
  // @ts-expect-error a text has Content
  accept({ MsgType: 'text' })
  // @ts-expect-error Content is a text
  accept({ MsgType: 'text', Content: 5 })
  // @ts-expect-error the names are WeCom's
  accept({ MsgType: 'text', content: 'x' })
  // @ts-expect-error a text has no Image
  accept({ MsgType: 'text', Content: 'x', Image: { MediaId: 'm' } })
  // @ts-expect-error Content is an app's text, Text a group robot's
  accept({ MsgType: 'text', Content: 'x', Text: { Content: 'x' } })
  // @ts-expect-error the field of an image is Image
  accept({ MsgType: 'image', Video: { MediaId: 'm' } })
  // @ts-expect-error MediaId is spelled so
  accept({ MsgType: 'image', Image: { MediaID: 'm' } })
  // @ts-expect-error one kind, one spelling
  accept({ MsgType: 'text', msgtype: 'text', Content: 'x' })
  // @ts-expect-error an article has a Title
  accept({ MsgType: 'news', Articles: [{ Url: 'u' }] })
  // @ts-expect-error markdown is no passive reply of a bot
  accept({ msgtype: 'markdown', markdown: { content: 'x' } })
  // @ts-expect-error a stream has an id
  accept({ msgtype: 'stream', stream: { content: 'x' } })
  // @ts-expect-error a bot's update is a response_type
  accept({ msgtype: 'update_template_card', template_card: { card_type: 'text_notice', card_action: { type: 1 } } })
  // @ts-expect-error there are five card types
  accept({ msgtype: 'template_card', template_card: { card_type: 'fancy' } })
  // @ts-expect-error a vote has no button list
  accept({ msgtype: 'template_card', template_card: { card_type: 'vote_interaction', main_title: {}, button_list: [] } })
  // @ts-expect-error a card of an app is spelled in capitals
  accept({ MsgType: 'update_template_card', TemplateCard: { card_type: 'text_notice' } })
  // @ts-expect-error the action of a notice is a link or a mini program
  accept({ MsgType: 'update_template_card', TemplateCard: { CardType: 'text_notice', CardAction: { Type: 3 } } })
  // @ts-expect-error a text for the user is text('…')
  accept('hello')
  // @ts-expect-error nor is one that is not known
  accept('hello' as string)
  // @ts-expect-error a number is no reply
  accept(5)
  // @ts-expect-error nor is null
  accept(null)
  // @ts-expect-error only text() makes one
  accept({ text: 'x' })
  // @ts-expect-error text() takes a text
  text(5)
})

test('ReplyTo names what a message of a kind takes', () => {
  type Kinds<R> = R extends { MsgType: infer K } | { msgtype: infer K } | { response_type: infer K } ? Exclude<K, undefined> : never
  type Ordinary = 'text' | 'image' | 'voice' | 'video' | 'news'
  expectTypeOf<Kinds<ReplyTo<'text'>>>().toEqualTypeOf<Ordinary>()
  expectTypeOf<Kinds<ReplyTo<'event.LOCATION'>>>().toEqualTypeOf<Ordinary>()
  expectTypeOf<Kinds<ReplyTo<'event.template_card_menu_event'>>>().toEqualTypeOf<Ordinary | 'update_template_card'>()
  expectTypeOf<Kinds<ReplyTo<'event.template_card_event'>>>().toEqualTypeOf<'update_button' | 'update_template_card'>()
  expectTypeOf<Kinds<ReplyTo<'event.taskcard_click'>>>().toEqualTypeOf<'update_taskcard'>()
  expectTypeOf<Kinds<ReplyTo<'aibot.event.enter_chat'>>>().toEqualTypeOf<'text' | 'template_card'>()
  expectTypeOf<Kinds<ReplyTo<'aibot.event.template_card_event'>>>().toEqualTypeOf<'update_template_card'>()
  expectTypeOf<Kinds<ReplyTo<'aibot.voice'>>>().toEqualTypeOf<'stream' | 'template_card' | 'stream_with_template_card'>()
  expectTypeOf<Kinds<ReplyTo<'aibot.stream'>>>().toEqualTypeOf<'stream' | 'stream_with_template_card'>()
  expectTypeOf<Kinds<ReplyTo<'groupbot.event.enter_chat'>>>().toEqualTypeOf<'text' | 'markdown'>()
  expectTypeOf<TextReply>().toExtend<ReplyTo<'text' | 'aibot.text' | 'groupbot.text'>>()
  expectTypeOf<TextReply>().not.toExtend<ReplyTo<'event.template_card_event'>>()
  expectTypeOf<undefined>().toExtend<ReplyTo<'event.taskcard_click'>>()
})

test('a stream answers the messages of bots, and comes late to nobody', () => {
  expectTypeOf<StreamReply>().toExtend<Reply>()
  expectTypeOf<StreamReply>().toExtend<ReplyTo<'aibot'>>()
  expectTypeOf<StreamReply>().not.toExtend<LateReply>()
  expectTypeOf<StreamReply extends ReplyTo<'aibot.text'> ? true : false>().toEqualTypeOf<true>()
  type Taking = { [Key in PassiveReplyKey]: StreamReply extends ReplyTo<Key> ? Key : never }[PassiveReplyKey]
  expectTypeOf<Taking>().toEqualTypeOf<'aibot.text' | 'aibot.mixed' | 'aibot.image' | 'aibot.voice' | 'aibot.file' | 'aibot.video'>()
  expectTypeOf<StreamReply>().not.toExtend<ReplyTo<'aibot.event'>>()
  expectTypeOf<StreamReply>().not.toExtend<ReplyTo<'groupbot'>>()
  // @ts-expect-error only stream() makes one
  accept({ source: 'x' })
})

test('where WeCom takes no answer a handler may return anything', () => {
  expectTypeOf<ReplyTo<'event.change_contact.create_user'>>().toBeUnknown()
  expectTypeOf<ReplyTo<'info.suite_ticket'>>().toBeUnknown()
  expectTypeOf<ReplyTo<'aibot.event.feedback_event'>>().toBeUnknown()
  expectTypeOf<ReplyTo<'aibot.event.disconnected_event' | 'aibot.event.auth_change_event' | 'payment'>>().toBeUnknown()
  expectTypeOf<ReplyTo<PassiveReplyKey>>().not.toBeUnknown()
  expectTypeOf<ReplyTo<string>>().toEqualTypeOf<Reply>()
})

test('the receiver takes a Reply, and every scene has its own union', () => {
  expectTypeOf<Receiver['answer']>().parameters.toEqualTypeOf<[callback: WecomCallback, reply?: Reply]>()
  expectTypeOf<AppReply | AibotReply | GroupBotReply>().toExtend<Reply>()
})
