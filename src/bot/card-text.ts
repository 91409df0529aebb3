import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import { fieldsOf } from './media-of.js'

/**
 * What a card says, as markdown, for where WeCom takes no card: choices and buttons are read, not clicked. Never empty,
 * as the user was promised more.
 */
export function cardText (card: AibotTemplateCard): string {
  const fields = fieldsOf(card)
  const title = fieldsOf(fields.main_title)
  const emphasis = fieldsOf(fields.emphasis_content)
  const quote = fieldsOf(fields.quote_area)
  const picture = fieldsOf(fields.image_text_area)
  const parts = [
    bold(title.title), textOf(title.desc),
    bold(emphasis.title), textOf(emphasis.desc),
    textOf(fields.sub_title_text),
    link(picture.title, picture.url), textOf(picture.desc),
    link(quote.title, quote.url), textOf(quote.quote_text).replace(/^(?=.)/gm, '> '),
    ...entriesOf(fields.vertical_content_list).flatMap(({ title, desc }) => [bold(title), textOf(desc)]),
    ...entriesOf(fields.horizontal_content_list)
      .map(({ keyname, value, url }) => pair(textOf(keyname), link(value, url))),
    ...[fields.checkbox, fields.button_selection, ...entriesOf(fields.select_list)].map(choices),
    entriesOf(fields.button_list).map(({ text }) => textOf(text)).filter(Boolean).join('　'),
    ...entriesOf(fields.jump_list).map(({ title, url, question }) => pair(link(title, url), textOf(question))),
    trimmed(fieldsOf(fields.card_action).url)
  ].filter(part => part !== '')
  return parts.length > 0 ? parts.join('\n\n') : textOf(fieldsOf(fields.source).desc) || '（卡片）'
}

/** A list of options, below its title. */
function choices (value: unknown): string {
  const { title, option_list: options } = fieldsOf(value)
  return [textOf(title), ...entriesOf(options).map(({ text }) => `- ${textOf(text)}`)].filter(Boolean).join('\n')
}

function entriesOf (value: unknown): Array<ReturnType<typeof fieldsOf>> {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

/** A card shows its texts as they are: in markdown they must neither link nor call anybody. */
function textOf (value: unknown): string {
  return trimmed(value).replaceAll('<@', '< @').replaceAll('](', '] (')
}

function trimmed (value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

function bold (value: unknown): string {
  const text = textOf(value)
  return text === '' ? '' : `**${text}**`
}

function link (value: unknown, url: unknown): string {
  const [text, target] = [textOf(value), trimmed(url)]
  return text === '' || target === '' ? text : `[${text}](${target})`
}

function pair (name: string, value: string): string {
  return [name, value].filter(part => part !== '').join('：')
}
