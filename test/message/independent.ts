import { readFileSync } from 'node:fs'
import { FAMILIES } from '../../src/message/catalogue/families.ts'
import type { BaseSource, Category, EntrySource, Field, ReplySets } from '../../src/message/catalogue/source.ts'

/** A kind as it lies on disk, with the fields of its base put in. */
export interface IndependentEntry extends EntrySource {
  category: Category
  replyKinds: string[]
}

const bases = new Map(read<BaseSource[]>('bases').map(base => [base.name, base]))
const replySets = read<ReplySets>('replies')

/** The catalogue as it lies on disk, by family. */
export const catalogue = new Map(FAMILIES.map(([family]) => [family as string, read<EntrySource[]>(family).map((entry): IndependentEntry => ({
  ...entry,
  category: (bases.get(entry.base) as BaseSource).category,
  replyKinds: entry.replies === undefined ? [] : replySets[entry.replies] as string[],
  fields: [...baseFields(entry.base), ...entry.fields]
}))]))

export const entries: IndependentEntry[] = [...catalogue.values()].flat()

function read<Content> (name: string): Content {
  return JSON.parse(readFileSync(new URL(`../../src/message/catalogue/${name}.json`, import.meta.url), 'utf8')) as Content
}

/** Those it adds to first: what stands later counts. */
function baseFields (name: string | undefined): Field[] {
  const base = name === undefined ? undefined : bases.get(name)
  return base === undefined ? [] : [...baseFields(base.extends), ...base.fields]
}

/** What a sample must become, worked out without any code of the package: tags by pattern, fields by the catalogue's dotted paths. */
export function expectedOf (entry: IndependentEntry, xml: string): Record<string, unknown> {
  const types = new Map(entry.fields.map(field => [field.path, field]))

  function content (inner: string, path: string): unknown {
    const children = [...inner.replace(/<!\[CDATA\[(.*?)\]\]>/gs, (_all, text: string) => hide(text)).matchAll(/<(\w+)>(.*?)<\/\1>/gs)]
    if (children.length === 0) {
      const text = show(inner.replace(/<!\[CDATA\[(.*?)\]\]>/gs, (_all, text: string) => hide(text)))
      const type = types.get(path)?.type
      return type === 'number' || type === 'time' ? Number(text) : text
    }
    const object: Record<string, unknown> = {}
    for (const [, name, body] of children as unknown as Array<[string, string, string]>) {
      const below = path === '' ? name : `${path}.${name}`
      const value = content(body, below)
      if (types.get(below)?.list === true) (object[name] = (object[name] ?? []) as unknown[] as never[]).push(value as never)
      else if (name in object) throw new Error(`${entry.key}: ${below} repeats and is no list`)
      else object[name] = value
    }
    return object
  }
  return content(xml.replace(/^<xml>/, '').replace(/<\/xml>$/, ''), '') as Record<string, unknown>
}

/** `<` inside CDATA is no tag. */
function hide (text: string): string {
  return text.replaceAll('<', '\u0001').replaceAll('&', '\u0002')
}

function show (text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('\u0001', '<').replaceAll('\u0002', '&')
}

/** The same message as an app in JSON mode would send it, its identifiers as bare numbers where they look like such. */
export function asJson (entry: IndependentEntry, message: object): string {
  const types = new Map(entry.fields.map(field => [field.path, field.type]))
  const write = (value: unknown, path: string): string => {
    if (Array.isArray(value)) return `[${value.map(item => write(item, path)).join(',')}]`
    if (typeof value === 'object' && value !== null) {
      return `{${Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${write(field, path === '' ? name : `${path}.${name}`)}`).join(',')}}`
    }
    return types.get(path) === 'id' && /^[1-9]\d*$/.test(value as string) ? value as string : JSON.stringify(value)
  }
  return write(message, '')
}
