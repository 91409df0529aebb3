import { FAMILIES, type FamilyName } from './families.ts'
import { discriminants } from './names.ts'
import {
  readSource, type BaseSource, type Bilingual, type Category, type EntrySource, type Field, type ReplySets
} from './source.ts'

/** A base, with the fields of those it adds to. */
export interface Base extends BaseSource {
  allFields: Field[]
}

/** One kind, with what its base and its set of replies say. */
export interface Entry extends Omit<EntrySource, 'base' | 'fields' | 'replies'> {
  category: Category
  base: Base
  /** What the kind itself declares. */
  ownFields: Field[]
  /** Those, the base's and the discriminants. */
  fields: Field[]
  /** The name of its set of replies. */
  replies?: string | undefined
  /** The kinds of passive reply that WeCom takes: none, mostly. */
  replyKinds: string[]
}

export interface Family {
  name: FamilyName
  title: Bilingual
  entries: Entry[]
}

export const replySets: ReplySets = readSource('replies')

export const bases: Base[] = []
for (const base of readSource<BaseSource[]>('bases')) {
  const parent = base.extends === undefined ? undefined : named(base.name, 'base', base.extends)
  bases.push({ ...base, allFields: overridden(parent?.allFields ?? [], base.fields) })
}

export const families: Family[] = FAMILIES.map(([name, zh, en]) => ({
  name, title: { zh, en }, entries: readSource<EntrySource[]>(name).map(resolve)
}))

export const entries: Entry[] = families.flatMap(family => family.entries)

for (const [index, { key }] of entries.entries()) {
  const first = entries.findIndex(entry => entry.key === key)
  if (first < index) throw new Error(`${key} is in the catalogue twice: remove one of them`)
}

/**
 * An entry with what its base and its set of replies say.
 *
 * @throws Error that names the key where it refers to what is not there
 */
export function resolve (source: EntrySource): Entry {
  const { key, replies, fields: ownFields } = source
  const base = named(key, 'base', source.base)
  const begins = base.category === 'message' ? /^\w+$/ : new RegExp(`^${base.category}(\\.|$)`)
  if (!begins.test(key)) {
    throw new Error(
      `${key}: expected a key of the category of its base, ${base.category}, got another. Correct either.`
    )
  }
  const replyKinds = replies === undefined ? [] : replySets[replies]
  if (replyKinds === undefined) throw unknownName(key, 'replies', replies, 'replies.json', Object.keys(replySets))
  const told = Object.keys(discriminants({ ...source, category: base.category })).filter(name => !name.includes('.'))
  const common = [...base.allFields, ...told.map((path): Field => ({ path, type: 'text' }))]
  const fields = overridden(common, ownFields)
  return { ...source, category: base.category, base, ownFields, fields, replies, replyKinds }
}

function named (who: string, what: string, name: string): Base {
  const base = bases.find(candidate => candidate.name === name)
  if (base === undefined) throw unknownName(who, what, name, 'bases.json', bases.map(candidate => candidate.name))
  return base
}

function unknownName (who: string, what: string, name: unknown, file: string, known: string[]): Error {
  const expected = `expected its ${what} to be one of ${known.join(', ')}`
  return new Error(`${who}: ${expected}, got ${JSON.stringify(name)}. Correct it, or add it to ${file}.`)
}

/** A field that is declared again counts with all that is below it. */
function overridden (fields: Field[], own: Field[]): Field[] {
  const roots = new Set(own.map(({ path }) => path.split('.')[0]))
  return [...fields.filter(({ path }) => !roots.has(path.split('.')[0])), ...own]
}

/** A field with the fields below it. */
export interface FieldNode extends Field {
  name: string
  children: FieldNode[]
}

/** Fields as a tree; `of` names whose they are in the error of one that cannot stand there. */
export function fieldTree (fields: Field[], of: string): FieldNode[] {
  const roots: FieldNode[] = []
  const byPath = new Map<string, FieldNode>()
  for (const field of fields) {
    const at = field.path.lastIndexOf('.')
    const node: FieldNode = { ...field, name: field.path.slice(at + 1), children: [] }
    const parent = at < 0 ? undefined : byPath.get(field.path.slice(0, at))
    if (at >= 0 && parent?.type !== 'object') {
      throw new Error(`${of}: ${field.path} stands in no object: put a field of type object before it`)
    }
    if (byPath.has(field.path)) throw new Error(`${of}: ${field.path} is there twice: remove one of them`)
    byPath.set(field.path, node)
    const siblings = parent === undefined ? roots : parent.children
    siblings.push(node)
  }
  return roots
}
