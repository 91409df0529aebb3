import { APP_CARDS } from './app-cards.js'
import { list, number, object, required, text, type Field, type Rule, type Shape } from './field.js'

/** Filled in before the check where the reply has none. */
const ADDRESS: Record<string, Field> = {
  ToUserName: text({ filledIn: 'the sender of the message' }),
  FromUserName: text({ filledIn: 'the receiver of the message' }),
  CreateTime: { type: 'time' },
  MsgType: required(text())
}

const MEDIA_ID = required(text())

/** The replies of an app by MsgType [90241]. */
export const APP_REPLIES: Readonly<Record<string, Shape>> = {
  text: { fields: { ...ADDRESS, Content: required(text({ cutBytes: 2048 })) } },
  image: { fields: { ...ADDRESS, Image: required(object({ MediaId: MEDIA_ID })) } },
  voice: { fields: { ...ADDRESS, Voice: required(object({ MediaId: MEDIA_ID })) } },
  video: {
    fields: {
      ...ADDRESS,
      Video: required(
        object({ MediaId: MEDIA_ID, Title: text({ cutBytes: 128 }), Description: text({ cutBytes: 512 }) })
      )
    }
  },
  news: {
    fields: {
      ...ADDRESS,
      ArticleCount: number(),
      Articles: required(list(8, {
        Title: required(text({ cutBytes: 128 })),
        Description: text({ cutBytes: 512 }),
        PicUrl: text(),
        Url: text({ maxBytes: 2048 })
      }, { item: 'item' }))
    },
    rules: [countsArticles]
  },
  update_button: { fields: { ...ADDRESS, Button: required(object({ ReplaceName: required(text()) })) } },
  update_taskcard: { fields: { ...ADDRESS, TaskCard: required(object({ ReplaceName: required(text()) })) } },
  update_template_card: {
    fields: {
      ...ADDRESS,
      TemplateCard: required({ type: 'object', shape: { fields: {}, variants: { by: 'CardType', of: APP_CARDS } } })
    }
  }
}

function countsArticles ({ ArticleCount, Articles }: Parameters<Rule>[0]): ReturnType<Rule> {
  const count = (Articles as unknown[]).length
  if (ArticleCount === undefined || ArticleCount === count) return undefined
  return {
    field: 'ArticleCount',
    expected: `to be the number of Articles, ${count}`,
    got: String(ArticleCount),
    fix: 'Leave it out: it is counted.'
  }
}
