import { list, object, required, text, type Shape } from './field.js'

const HEAD = { MsgType: required(text()), VisibleToUser: text() }

/** The replies of a group robot by MsgType [99399], in the spelling of WeCom's XML. */
export const GROUPBOT_REPLIES: Readonly<Record<string, Shape>> = {
  text: {
    fields: {
      ...HEAD,
      Text: required(object({
        Content: required(text()),
        MentionedList: list(Infinity, undefined, { item: 'Item' }),
        MentionedMobileList: list(Infinity, undefined, { item: 'Item' })
      }))
    }
  },
  markdown: {
    fields: {
      ...HEAD,
      Markdown: required(object({
        Content: required(text()),
        Attachment: list(Infinity, {
          CallbackId: text(),
          Actions: list(Infinity, {
            Name: text({ maxBytes: 64 }),
            Value: text({ maxBytes: 128 }),
            Text: text({ maxBytes: 128 }),
            Type: text(),
            ReplaceText: text({ maxBytes: 128 })
          })
        })
      }))
    }
  }
}
