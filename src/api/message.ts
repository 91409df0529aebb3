import { checkReply, isObject } from '../reply/check.js'
import { emitWarning } from '../reply/compose.js'
import { invalidReply } from '../reply/invalid.js'
import { AIBOT_REPLIES } from '../reply/limits/aibot.js'
import { APP_REPLIES } from '../reply/limits/app.js'
import { object, required, text, type Shape } from '../reply/limits/field.js'
import { readableReply } from '../reply/readable.js'
import { typeName, wordOr } from '../reply/type-name.js'
import { toApiCard } from './card.js'
import { whyNot } from './no-counterpart.js'

type Fields = Record<string, unknown>

/** A message as message/send takes it, and to whom if the reply says so. */
export interface ApiMessage {
  message: Fields & { msgtype: string }
  userId: string | undefined
}

/**
 * A passive reply as a message of the message API [90236].
 *
 * @param kind router key of the message that is answered
 * @throws WecomError WECOM_REPLY_INVALID for what the message API has no counterpart of
 */
export function toMessage (value: unknown, kind: string | undefined): ApiMessage {
  const reply: unknown = readableReply(value, {})
  if (!isObject(reply)) throw noMessage(typeof reply === 'string' ? 'text of a passive reply' : typeName(reply))
  const name = reply.MsgType ?? reply.msgtype ?? reply.response_type
  if (typeof name !== 'string') throw noMessage('an object that names no kind')
  const reason = whyNot(reply, name, kind)
  if (reason !== undefined) throw invalidReply({ expected: 'a reply that message/send can send', ...reason })
  const [by, kinds] = reply.MsgType !== undefined ? ['MsgType', APP] as const : ['msgtype', BOT] as const
  const write = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (write === undefined) throw noMessage(`{ ${by}: ${wordOr(name, 'another text')} }`)
  const cuts: string[] = []
  const checked = checkReply(reply, write.shape, { kind: name, format: 'json', nested: false, cuts })
  if (cuts.length > 0) {
    emitWarning(`a reply of kind ${name} was cut where WeCom would have cut it: ${cuts.join('; ')}`, 'WECOM_REPLY_CUT')
  }
  const { ToUserName: userId } = checked
  return { message: { msgtype: name, [name]: write.content(checked) }, userId: userId as string | undefined }
}

interface Written {
  shape: Shape
  /** What stands below the field of its msgtype. */
  content (reply: Fields): unknown
}

const media = (name: string) => ({ [name]: reply }: Fields) => ({ media_id: (reply as Fields).MediaId })

/** By MsgType. */
const APP: Readonly<Record<string, Written>> = {
  text: { shape: APP_REPLIES.text as Shape, content: ({ Content }) => ({ content: Content }) },
  image: { shape: APP_REPLIES.image as Shape, content: media('Image') },
  voice: { shape: APP_REPLIES.voice as Shape, content: media('Voice') },
  video: {
    shape: APP_REPLIES.video as Shape,
    content: ({ Video }) => {
      const { MediaId, Title, Description } = Video as Fields
      return { media_id: MediaId, title: Title, description: Description }
    }
  },
  news: {
    shape: APP_REPLIES.news as Shape,
    content: ({ Articles }) => ({
      articles: (Articles as Fields[]).map(({ Title, Description, Url, PicUrl }) => ({
        title: Title, description: Description, url: Url, picurl: PicUrl
      }))
    })
  }
}

const content = (cutBytes: number) => required(object({ content: required(text({ cutBytes })) }))

/** By msgtype. A text or a markdown may be longer in a bot's chat. */
const BOT: Readonly<Record<string, Written>> = {
  text: { shape: { fields: { msgtype: required(text()), text: content(2048) } }, content: ({ text }) => text },
  markdown: {
    shape: { fields: { msgtype: required(text()), markdown: content(2048) } },
    content: ({ markdown }) => markdown
  },
  template_card: {
    shape: AIBOT_REPLIES.template_card as Shape,
    content: ({ template_card: card }) => toApiCard(card as Fields)
  }
}

function noMessage (got: string): Error {
  return invalidReply({
    expected: "a reply that message/send can send: text('…'), image, voice, video, news, markdown or template_card",
    got,
    fix: "docs/sending.md lists them; anything else goes by call('message/send', { … })."
  })
}
