import type { Product } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import type { Named } from './accepted.js'
import { invalidReply } from './invalid.js'

/** A reply whose kind fits and whose content is spelled as another product's. */
interface Misspelling {
  name: string
  /** Where the content should be, and where it is. */
  wanted: string
  found: string
  whose: string
  fix: string
}

const MISSPELLINGS: Readonly<Partial<Record<Product, readonly Misspelling[]>>> = {
  app: [
    {
      name: 'text',
      wanted: 'Content',
      found: 'Text',
      whose: "a group robot's",
      fix: "Return { MsgType: 'text', Content: '…' }, or text('…'), which fits every scene."
    },
    {
      name: 'text',
      wanted: 'Content',
      found: 'text',
      whose: "a bot's",
      fix: "Return { MsgType: 'text', Content: '…' }, or text('…'), which fits every scene."
    },
    {
      name: 'update_template_card',
      wanted: 'TemplateCard',
      found: 'template_card',
      whose: "a bot's",
      fix: "An app's cards are spelled in capitals, as in TemplateCard: { CardType: … }."
    }
  ],
  aibot: ['template_card', 'stream_with_template_card', 'update_template_card'].map(name => ({
    name,
    wanted: 'template_card',
    found: 'TemplateCard',
    whose: "an app's",
    fix: "A bot's cards are spelled in lower case, as in template_card: { card_type: … }."
  })),
  groupbot: [
    {
      name: 'text',
      wanted: 'Text',
      found: 'Content',
      whose: "an app's",
      fix: "Return { MsgType: 'text', Text: { Content: '…' } }, or text('…'), which fits every scene."
    }
  ]
}

/**
 * Says so where the content of a reply is spelled as another product spells it; without it the error would only miss a
 * field.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function checkSpelling (reply: MessageObject, { by, name }: Named, product: Product): void {
  for (const misspelling of MISSPELLINGS[product] ?? NONE) {
    if (misspelling.name !== name) continue
    const { wanted, found, whose, fix } = misspelling
    if (reply[wanted] !== undefined || reply[found] === undefined) continue
    throw invalidReply({
      expected: `${wanted} beside { ${by}: '${name}' }`,
      got: `${found}, which is ${whose} spelling`,
      fix
    })
  }
}

const NONE: readonly Misspelling[] = []
