import { AIBOT_CARDS } from './aibot-cards.js'
import { flag, list, object, required, text, type Field, type Rule, type Shape } from './field.js'

/** The most of one picture of a stream, bytes: 10 MB [101031]. */
export const PICTURE_BYTES = 10 * 1024 * 1024

/** The most a stream's content may hold, bytes of UTF-8 [101031]. */
export const STREAM_CONTENT_BYTES = 20_480

const STREAM = required(
  object(
    {
      id: required(text()),
      finish: flag(),
      content: text({ maxBytes: STREAM_CONTENT_BYTES }),
      msg_item: list(10, {
        msgtype: required(text({ values: ['image'], meaning: 'image' })),
        image: required(
          object({
            // The first bytes of JPG and PNG; base64 keeps them readable.
            base64: required(
              text({
                maxDecodedBytes: PICTURE_BYTES,
                pattern: /^(\/9j\/|iVBORw0KGgo)/,
                meaning: 'the base64 of a JPG or PNG'
              })
            ),
            md5: required(
              text({ pattern: /^[0-9a-f]{32}$/i, meaning: '32 hex digits, the MD5 of the bytes before base64' })
            )
          })
        )
      }),
      feedback: object({ id: required(text({ maxBytes: 256 })) })
    },
    [picturesComeLast]
  )
)

const CARD: Field = { type: 'object', shape: { fields: {}, variants: { by: 'card_type', of: AIBOT_CARDS } } }

/** The replies of a bot by msgtype [101031]; `update_template_card` is a response_type. */
export const AIBOT_REPLIES: Readonly<Record<string, Shape>> = {
  text: { fields: { msgtype: required(text()), text: required(object({ content: required(text()) })) } },
  template_card: { fields: { msgtype: required(text()), template_card: required(CARD) } },
  stream: { fields: { msgtype: required(text()), stream: STREAM } },
  stream_with_template_card: { fields: { msgtype: required(text()), stream: STREAM, template_card: CARD } },
  update_template_card: {
    fields: { response_type: required(text()), userids: list(Infinity), template_card: required(CARD) }
  }
}

/** What a response_url takes [101138]. */
export const RESPOND_REPLIES: Readonly<Record<string, Shape>> = {
  markdown: {
    fields: {
      msgtype: required(text()),
      markdown: required(object({
        content: required(text({ maxBytes: STREAM_CONTENT_BYTES })),
        feedback: object({ id: required(text({ maxBytes: 256 })) })
      }))
    }
  },
  template_card: AIBOT_REPLIES.template_card as Shape
}

function picturesComeLast ({ msg_item: items, finish }: Parameters<Rule>[0]): ReturnType<Rule> {
  if (items === undefined || finish === true) return undefined
  return {
    field: 'msg_item',
    expected: 'to come with finish: true only',
    got: `finish ${String(finish)}`,
    fix: 'Keep the pictures for the last reply of the stream.'
  }
}
