import { describe, expect, test, vi } from 'vitest'
import { compose, ITEMS, items, refusal, type Values } from './compose.js'
import { SAMPLES } from './samples.js'
import { ENTRIES, nameOf, type Entry } from './wecom.js'

type Limited = NonNullable<Entry['fields']>[number] & { name: string, key: string, reply: object, names: string[] }

/** A field of replies.json with the sample to change, its path in names. */
const FIELDS: Limited[] = ENTRIES.flatMap(entry => {
  const name = nameOf(entry)
  const { key, reply } = SAMPLES[name] as typeof SAMPLES[string]
  const prefix = entry.format === 'json-fragment' ? ['template_card'] : []
  return (entry.fields ?? []).map(field => ({
    ...field, name, key, reply, names: [...prefix, ...field.path.replaceAll('[]', '').split('.')].filter(part => part !== 'item' && part !== 'Item')
  }))
})

/** Needed beside the field that is changed. */
const COMPANIONS: Record<string, Values> = { ImageTextArea: { ImageUrl: 'u' }, stream: { finish: true }, action_menu: {} }

/** A copy of the sample with a value put at the path; lists and objects on the way are made where they are missing. */
function put (reply: object, [head = '', ...rest]: string[], value: unknown): Values {
  const copy: Values = { ...reply as Values }
  if (rest.length === 0) {
    if (value === undefined) delete copy[head]
    else copy[head] = value
    return copy
  }
  const inner = copy[head] ?? (head in ITEMS ? items(head, 1) : {})
  copy[head] = Array.isArray(inner)
    ? [put(inner[0] as object, rest, value), ...inner.slice(1)]
    : put({ ...inner as Values, ...COMPANIONS[head] }, rest, value)
  return copy
}

/** Menus of a bot's card need a task. */
const prepare = (field: Limited): object => field.names.includes('action_menu') ? put(field.reply, ['template_card', 'task_id'], 't1') : field.reply

/** `6`, `1-10` */
const MOST = /^(?:\d+-)?(\d+)/

const hard = FIELDS.filter(field => field.limitKind === 'hard')
const inBytes = hard.filter(field => /^\d+ bytes/.test(field.limit as string) && field.type !== 'array')
const inItems = hard.filter(field => /^(\d+-)?\d+( |$|;)/.test(field.limit as string) && !/^\d+ bytes|MB/.test(field.limit as string) && field.path !== 'ArticleCount')
const cut = FIELDS.filter(field => field.limitKind === 'cut')

describe.each(inBytes)('$name: $path, $limit', field => {
  const limit = Number.parseInt(field.limit as string)
  const value = (bytes: number): string => /task_id/.test(field.path) ? 'x'.repeat(bytes) : '文'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3)

  test('takes the limit', () => {
    expect(compose(put(prepare(field), field.names, value(limit)), field.key)).toContain(value(limit))
  })

  test('refuses one byte more, naming field, limit and size', () => {
    expect(refusal(put(prepare(field), field.names, value(limit + 1)), field.key))
      .toMatch(new RegExp(`expected ${pathPattern(field)} of a reply of kind \\w+ to take at most ${limit} bytes of UTF-8, got ${limit + 1} bytes\\. `))
  })
})

describe.each(inItems)('$name: $path, $limit items', field => {
  const most = MOST.exec(field.limit as string)?.[1] ?? ''
  const list = field.names.at(-1) as string

  test('takes the limit', () => {
    expect(() => compose(put(prepare(field), field.names, items(list, Number(most))), field.key)).not.toThrow()
  })

  test('refuses one more, naming field, limit and number', () => {
    expect(refusal(put(prepare(field), field.names, items(list, Number(most) + 1)), field.key))
      .toMatch(new RegExp(`expected ${pathPattern(field)} of a reply of kind \\w+ to have (at most|1 to) ${most} items, got ${Number(most) + 1} items\\. `))
  })
})

test.each(inItems.filter(field => /^1-/.test(field.limit as string)))('$name: $path, not empty', field => {
  expect(refusal(put(prepare(field), field.names, []), field.key)).toMatch(new RegExp(`expected ${pathPattern(field)} of .* to have 1 to \\d+ items, got 0 items`))
})

describe.each(cut)('$name: $path, $limit', field => {
  const limit = Number.parseInt(field.limit as string)

  test('takes the limit without a warning', () => {
    const warn = vi.fn()
    expect(compose(put(field.reply, field.names, 'x'.repeat(limit)), field.key, warn)).toContain(`[${'x'.repeat(limit)}]`)
    expect(warn).not.toHaveBeenCalled()
  })

  test('is cut before the character that does not fit, with one warning', () => {
    const warn = vi.fn()
    const long = 'x' + '文'.repeat(limit)
    const fitting = 'x' + '文'.repeat(Math.floor((limit - 1) / 3))
    expect(compose(put(field.reply, field.names, long), field.key, warn)).toContain(`[${fitting}]`)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toMatch(new RegExp(`${pathPattern(field)} from ${1 + 3 * limit} to ${Buffer.byteLength(fitting)} bytes of UTF-8 \\(limit ${limit}\\)`))
  })
})

test('every limit of replies.json that counts bytes or items was tested above; the others are tested below', () => {
  const tested = new Set([...inBytes, ...inItems])
  const rest = hard.filter(field => !tested.has(field)).map(field => `${field.path}: ${field.limit}`)
  expect([...new Set(rest)].sort()).toEqual([
    'ArticleCount: 8 articles',
    'TemplateCard.CardImage.AspectRatio: 1.3 to 2.25',
    'card_action: required',
    'card_action: required, type 1 or 2',
    'card_image or image_text_area: required',
    'main_title, button_list, task_id: required',
    'main_title, checkbox, submit_button, task_id: required',
    'main_title, select_list, submit_button: required',
    'main_title.title or sub_title_text: required',
    'main_title: required',
    'stream.id: unique',
    'stream.msg_item[].image.base64: 10 MB before base64, JPG or PNG'
  ])
})

describe('required fields', () => {
  const ADDRESS = ['ToUserName', 'FromUserName', 'CreateTime', 'ArticleCount', 'MsgType', 'msgtype', 'response_type']
  const cards = hard.filter(field => /^required/.test(field.limit as string) && !field.path.includes(' or '))
    .flatMap(field => field.path.split(', ').map(path => ({ ...field, path, names: ['template_card', path] })))
  const plain = FIELDS.filter(field => field.required === true && !ADDRESS.includes(field.path))

  test.each([...plain, ...cards])('$name: $path', field => {
    expect(refusal(put(prepare(field), field.names, undefined), field.key)).toMatch(new RegExp(`expected ${pathPattern(field)} of a reply of kind \\w+ to be .*, got none\\. `))
  })

  test.each(plain.filter(field => field.type === 'cdata'))('$name: $path, empty', field => {
    expect(refusal(put(prepare(field), field.names, ''), field.key)).toMatch(new RegExp(`expected ${pathPattern(field)} of .* to be .*, got (an empty text|none)\\. `))
  })
})

function pathPattern ({ names }: Limited): string {
  return names.map(name => `${name}(\\[0\\])?`).join('\\.')
}
