// Checked by `npm run types`; nothing here runs.
import { expectTypeOf } from 'vitest'
import wecom, { createRouter, image, news, text, updateButton, type ChangeContactCreateUserEvent, type EventMessage, type GroupbotMessage, type InfoMessage, type KfMsgOrEvent, type LateReply, type Reply, type ReplyTo, type Router, type RouterKey, type TextMessage, type UnknownMessage, type UnlistedOf, type WecomContext, type WecomMessage, type WecomOptions } from '../../src/index.js'
import { createInboxWorker, type InboxWorkerOptions } from '../../src/bullmq/index.js'
import { createRouter as createBareRouter, type WecomCallback } from '../../src/receiver/index.js'
import type { FastifyInstance } from 'fastify'

declare const app: FastifyInstance
declare const inbox: InboxWorkerOptions
declare function saveUser (userId: string): Promise<{ saved: boolean }>

const router: Router = createRouter()

// A key narrows the message.
router.on('text', (message, context) => {
  expectTypeOf(message).toEqualTypeOf<TextMessage>()
  expectTypeOf(message.Content).toBeString()
  expectTypeOf(context).toEqualTypeOf<WecomContext>()
  return text(`你说：${message.Content}`)
})
router.on('event.change_contact.create_user', message => {
  expectTypeOf(message).toEqualTypeOf<ChangeContactCreateUserEvent>()
  return saveUser(message.UserID)
})
router.on('event.kf_msg_or_event', message => { expectTypeOf(message).toEqualTypeOf<KfMsgOrEvent>() })
router.on('info.suite_ticket', ({ SuiteTicket, TimeStamp }) => {
  expectTypeOf(SuiteTicket).toBeString()
  expectTypeOf(TimeStamp).toBeNumber()
})
router.on('aibot.text', message => { expectTypeOf(message.text.content).toBeString() })
router.on('groupbot.mixed', message => { expectTypeOf(message.MixedMessage.MsgItem[0]?.Text?.Content).toEqualTypeOf<string | undefined>() })

// A prefix narrows to the union below it, and that narrows on.
router.on('event.change_contact', message => {
  expectTypeOf(message.Event).toEqualTypeOf<'change_contact'>()
  if (message.ChangeType === 'create_user') expectTypeOf(message).toEqualTypeOf<ChangeContactCreateUserEvent>()
  if (message.ChangeType === 'update_user') expectTypeOf(message.NewUserID).toEqualTypeOf<string | undefined>()
})
router.on('event', message => { expectTypeOf(message).toEqualTypeOf<EventMessage | UnlistedOf<'event'>>() })
router.on('info', message => { expectTypeOf(message).toEqualTypeOf<InfoMessage | UnlistedOf<'info'>>() })
router.on('groupbot', message => { expectTypeOf(message).toEqualTypeOf<GroupbotMessage | UnlistedOf<'groupbot'>>() })
router.on('aibot.event', message => {
  if (message.event.eventtype === 'feedback_event') expectTypeOf(message.event.feedback_event.type).toBeNumber()
})

// Several keys narrow to the union of theirs.
router.on(['text', 'event.click'], message => {
  expectTypeOf(message.MsgType).toEqualTypeOf<'text' | 'event'>()
  if (message.MsgType === 'text') expectTypeOf(message).toEqualTypeOf<TextMessage>()
  else expectTypeOf(message.EventKey).toBeString()
})

// Keys and prefixes are what completes; whatever is none does not compile.
expectTypeOf<'text' | 'event' | 'event.change_contact' | 'event.LOCATION' | 'info' | 'aibot' | 'aibot.event' | 'groupbot' | 'groupbot.event.enter_chat'>().toExtend<RouterKey>()
expectTypeOf<RouterKey>().not.toEqualTypeOf<string>()
// @ts-expect-error -- no such event
router.on('event.clikc', () => {})
// @ts-expect-error -- lower case
router.on('event.location', () => {})
// @ts-expect-error -- half a name is no prefix
router.on('event.change', () => {})
// @ts-expect-error -- the alias leads to add_filed, and the key is that
router.on('event.smart_sheet_change.add_field', () => {})
// @ts-expect-error -- unknown kinds are for onUnhandled
router.on('unknown', () => {})
// @ts-expect-error -- one of the two is wrong
router.on(['text', 'event.clikc'], () => {})
// @ts-expect-error -- a text message has no EventKey
router.on('text', message => { String(message.EventKey) })
// @ts-expect-error -- only some of these events have a UserID
router.on('event.change_contact', message => { String(message.UserID) })

// Kinds that take a passive reply accept a reply or nothing, at once or later; the others whatever the handler has.
router.on('text', () => {})
router.on('text', async () => {})
router.on('text', async () => text('later'))
router.on('text', () => 'success')
router.on('info.suite_ticket', () => 7)
router.on('event.change_contact', async () => ({ rows: 1 }))
// @ts-expect-error -- a number is no reply
router.on('text', () => 7)
// @ts-expect-error -- nor later
router.on('event.click', async () => ({ rows: 1 }))
// @ts-expect-error -- some of the kinds below take a reply, so all must return one, or nothing
router.on('event', () => 7)

// Replies spelled as WeCom spells them need no `as const`, at once or later, beside other replies, and below a prefix.
router.on('text', async () => ({ MsgType: 'text', Content: 'x' }))
router.on('text', () => ({ MsgType: 'news', Articles: [{ Title: 't' }] }))
router.on('text', message => message.Content === '' ? text('x') : { MsgType: 'text', Content: 'x' })
router.on('text', async message => {
  if (message.Content === '') return { MsgType: 'image', Image: { MediaId: 'm' } }
})
router.on('text', message => message.Content === '' ? '<xml><MsgType>text</MsgType></xml>' : undefined)
router.on('event.template_card_event', () => ({ MsgType: 'update_template_card', TemplateCard: { CardType: 'text_notice', MainTitle: { Title: 't' }, CardAction: { Type: 1, Url: 'u' } } }))
router.on('event.template_card_event', () => updateButton('x'))
router.on('event.template_card_menu_event', message => message.TaskId === '' ? text('x') : { MsgType: 'update_template_card', TemplateCard: { CardType: 'text_notice', SubTitleText: 't', CardAction: { Type: 1 } } })
router.on('event.taskcard_click', () => ({ MsgType: 'update_taskcard', TaskCard: { ReplaceName: 'x' } }))
router.on('aibot.event.template_card_event', async () => ({ response_type: 'update_template_card', template_card: { card_type: 'text_notice', main_title: { title: 't' }, card_action: { type: 1, url: 'u' } } }))
router.on('aibot.event.enter_chat', () => ({ msgtype: 'text', text: { content: 'x' } }))
router.on('aibot.stream', ({ stream }) => ({ msgtype: 'stream', stream: { id: stream.id, finish: true } }))
router.on('groupbot', () => ({ MsgType: 'markdown', Markdown: { Content: 'x' } }))
router.on('aibot', message => message.msgtype === 'stream' ? text('x') : { msgtype: 'template_card', template_card: { card_type: 'text_notice', main_title: { title: 't' }, card_action: { type: 1 } } })
router.on('event', message => message.Event === 'template_card_event' ? updateButton('x') : text('x'))
router.on(['text', 'event.template_card_event'], message => message.MsgType === 'text' ? text('x') : updateButton('x'))
for (const key of ['text', 'location', 'event.subscribe', 'event.click', 'event.template_card_menu_event', 'aibot.text', 'aibot.stream', 'aibot.event.enter_chat', 'groupbot.text', 'event', 'aibot', 'groupbot'] as const) router.on(key, () => text('x'))
const anyText: ReplyTo<'text'> = news([])
router.on('text', () => anyText)

// A reply that WeCom ignores for the kind does not compile.
// @ts-expect-error -- the answer can only change the card
router.on('event.template_card_event', () => text('x'))
// @ts-expect-error -- nor can it be a message
router.on('event.template_card_event', () => news([]))
// @ts-expect-error -- nor later
router.on('event.template_card_event', async () => text('x'))
// @ts-expect-error -- there is no card
router.on('text', () => updateButton('x'))
// @ts-expect-error -- a bot's reply
router.on('text', () => ({ msgtype: 'stream', stream: { id: 's' } }))
// @ts-expect-error -- an app's reply
router.on('aibot.text', () => ({ MsgType: 'text', Content: 'x' }))
// @ts-expect-error -- a bot takes kind text for enter_chat only
router.on('aibot.text', () => ({ msgtype: 'text', text: { content: 'x' } }))
// @ts-expect-error -- the welcome is no stream
router.on('aibot.event.enter_chat', () => ({ msgtype: 'stream', stream: { id: 's' } }))
// @ts-expect-error -- a refresh takes the card with the stream
router.on('aibot.stream', () => ({ msgtype: 'template_card', template_card: { card_type: 'text_notice', main_title: { title: 't' }, card_action: { type: 1 } } }))
// @ts-expect-error -- the answer can only change the card
router.on('aibot.event.template_card_event', () => text('x'))
// @ts-expect-error -- a group robot takes text and markdown
router.on('groupbot.text', () => image('m'))
// @ts-expect-error -- the answer can only change the button
router.on('event.taskcard_click', () => text('x'))
// @ts-expect-error -- none of the kinds takes it
router.on(['text', 'event.click'], () => updateButton('x'))
// @ts-expect-error -- any reply is too much: ReplyTo<'text'> says which
router.on('text', (): Reply => text('x'))
// @ts-expect-error -- misspelt
router.on('text', () => ({ MsgType: 'text', Contnt: 'x' }))
// @ts-expect-error -- a number for a text
router.on('text', () => ({ MsgType: 'text', Content: 5 }))
// @ts-expect-error -- no such kind
router.on('text', () => ({ MsgType: 'markdown', Markdown: { Content: 'x' } }))
// @ts-expect-error -- null is no reply
router.on('text', () => null)
// @ts-expect-error -- nor is a list of them
router.on('text', () => [text('x')])

router.onUnhandled((message, context) => {
  expectTypeOf(message).toEqualTypeOf<WecomMessage | GroupbotMessage | UnknownMessage>()
  context.log.info(context.kind)
})
router.onError((error, context) => {
  expectTypeOf(error).toBeUnknown()
  expectTypeOf(context).toEqualTypeOf<WecomContext>()
  return text('sorry')
})

// A text for the user is no reply, at once or later, in whichever kind of handler.
router.on('text', () => '<xml></xml>')
router.on('text', async () => 'success')
router.on('text', async () => '')
router.on('text', async () => '<xml></xml>')
router.on(['text', 'event.click'], async () => 'success')
router.on('event', async () => 'success')
router.on('event.template_card_event', async () => 'success')
router.on('aibot.text', async ({ msgid }, { log }) => { log.info(msgid); return 'success' })
router.on('info', async () => 'success')
router.onUnhandled(async () => 'success')
router.onError(async () => 'success')
createInboxWorker(async () => 'success', inbox)
createInboxWorker(async ({ MsgType }) => { if (MsgType === 'text') return 'success' }, inbox)
// @ts-expect-error -- none of them
router.on('text', async () => 'hello')
// @ts-expect-error -- nor here
router.on(['text', 'event.click'], async () => 'hello')
// @ts-expect-error -- nor here
router.onUnhandled(async () => 'hello')
// @ts-expect-error -- nor here
router.onError(async () => 'sorry')
// @ts-expect-error -- nor here
createInboxWorker(async () => 'hello', inbox)
// @ts-expect-error -- text('hello') is one
router.on('text', () => 'hello')
// @ts-expect-error -- nor later
router.on('event.click', async ({ EventKey }) => EventKey)
// @ts-expect-error -- nor here
router.onUnhandled(() => 'hello')
// @ts-expect-error -- nor here
router.onError(() => 'sorry')
export const functions: Array<WecomOptions['handler']> = [
  () => 'success',
  async () => 'success' as const,
  async () => 'success',
  async () => '',
  async function (request) { this.log.info(request.wecom.kind); return 'success' },
  // @ts-expect-error -- text('hello') is one
  async () => 'hello',
  async ({ wecom }) => wecom.kind === 'text' ? 'success' : '',
  () => '{}',
  () => {},
  async () => text('x'),
  (_request, reply) => reply.encrypted(text('x')),
  async (_request, reply) => reply.encrypted(),
  ({ wecom }) => wecom.kind === 'text' ? { MsgType: 'text', Content: 'x' } : undefined,
  // As kinds without a passive reply ignore it.
  async () => await saveUser('zhangsan'),
  // @ts-expect-error -- text('hello') is one
  () => 'hello',
  // @ts-expect-error -- nor later
  async ({ wecomMessage }) => `got ${wecomMessage.MsgType}`
]
createInboxWorker(async () => await saveUser('zhangsan'), inbox)
// @ts-expect-error -- nor in a worker
createInboxWorker(() => 'hello', inbox)

// What comes late is a reply that can be sent.
const onLateReply: WecomOptions['onLateReply'] = reply => {
  if (typeof reply === 'string') expectTypeOf(reply).toEqualTypeOf<`<${string}` | `{${string}`>()
  else if ('MsgType' in reply && reply.MsgType === 'text' && 'Content' in reply) expectTypeOf(reply.Content).toBeString()
}
createInboxWorker(() => {}, { ...inbox, onLateReply })
createInboxWorker((_message, context) => { expectTypeOf(context.log).toEqualTypeOf<Console>() }, { connection: {}, encryptionKey: '', log: console })
createInboxWorker((_message, { log }) => { log.debug('any of pino\'s methods') }, inbox)
// @ts-expect-error -- a router of the plugin needs more than the console has
createInboxWorker(router, { connection: {}, encryptionKey: '', log: { info () {}, warn () {}, error () {} } })
expectTypeOf(onLateReply).parameter(0).toEqualTypeOf<LateReply>()

// The plugin takes a router, and one that needs less than the plugin's context; not one that needs more.
const base = { path: '/callback', credentials: { token: '', encodingAESKey: '', receiveId: '' } }
app.register(wecom, { ...base, handler: router })
app.register(wecom, { ...base, handler: createBareRouter() })
app.register(wecom, { ...base, handler: (request, reply) => reply.encrypted(text(request.wecom.kind)) })
const demanding = createRouter<WecomContext & { database: object }>()
// @ts-expect-error -- the plugin has no database
const options: Parameters<typeof wecom>[1] = { ...base, handler: demanding }
export { options }

createBareRouter().on('text', (_message, context) => { expectTypeOf(context).toEqualTypeOf<WecomCallback>() })
