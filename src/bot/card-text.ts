import { isObject } from '../message/object.js'
import type { AibotTemplateCard } from '../reply/aibot-cards.js'

/** What a card says, as markdown, for where WeCom takes no card; nobody can click it. */
export function cardText (card: AibotTemplateCard): string {
  const fields = fieldsOf(card)
  const title = fieldsOf(fields.main_title)
  const emphasis = fieldsOf(fields.emphasis_content)
  const quote = fieldsOf(fields.quote_area)
  const parts = [
    bold(title.title), title.desc,
    bold(emphasis.title), emphasis.desc,
    fields.sub_title_text,
    link(quote.title, quote.url), textOf(quote.quote_text).replace(/^(?=.)/gm, '> '),
    ...entriesOf(fields.vertical_content_list).flatMap(({ title, desc }) => [bold(title), desc]),
    ...entriesOf(fields.horizontal_content_list).map(({ keyname, value, url }) => pair(keyname, link(value, url))),
    ...entriesOf(fields.jump_list).map(({ title, url }) => link(title, url)),
    fieldsOf(fields.card_action).url
  ]
  return parts.map(textOf).filter(part => part !== '').join('\n\n')
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf (value: unknown): Fields {
  return isObject(value) ? value : {}
}

function entriesOf (value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

function textOf (value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

function bold (value: unknown): string {
  const text = textOf(value)
  return text === '' ? '' : `**${text}**`
}

function link (value: unknown, url: unknown): string {
  const [text, target] = [textOf(value), textOf(url)]
  return text === '' || target === '' ? text : `[${text}](${target})`
}

function pair (name: unknown, value: string): string {
  return [textOf(name), value].filter(part => part !== '').join('：')
}
