import type { FieldNode } from './model.ts'
import { union } from './text.ts'

/** What an interface says of its fields beside what stands in the catalogue. */
export interface Declaring {
  /** The values of the discriminants, by path. */
  literals: Record<string, string[]>
  /** What is added to the note of every field: whose it is, and the pages. */
  whose: string
}

/** A field as an interface declares it, with those below it. */
export function writeField (field: FieldNode, declaring: Declaring, indent = '  '): string[] {
  const { name, list, optional, children } = field
  const doc = comment(field, declaring.whose)
  // On the line itself where there is nothing to say but whose it is: files are to be read at one sitting.
  const inline = !hasNote(field) && doc !== '' ? `${doc} ` : ''
  const head = `${indent}${inline}${name}${optional === true ? '?' : ''}: `
  const before = inline === '' && doc !== '' ? [`${indent}${doc}`] : []
  if (children.length === 0) return [...before, `${head}${scalar(field, declaring)}${list === true ? '[]' : ''}`]
  const inner = children.flatMap(child => writeField(child, declaring, `${indent}  `))
  return [...before, `${head}${list === true ? 'Array<{' : '{'}`, ...inner, `${indent}${list === true ? '}>' : '}'}`]
}

/** A sentence begins with a capital, unless it begins with a name or with values; it ends with a full stop. */
export function sentence (text: string): string {
  const named = !/^[a-z]+(-[a-z]+)?( |$)/.test(text) || /^(userids?|corpid|add_|[a-z]+ or [a-z]+\.?( \[|$))/.test(text)
  const begun = named ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

/** Text that a comment can hold. */
export function safe (text: string): string {
  return text.replaceAll('*/', '*\u200b/')
}

function hasNote ({ note, type }: FieldNode): boolean {
  return note !== undefined || type === 'time'
}

function comment ({ note, type }: FieldNode, whose: string): string {
  const unit = type === 'time' && !/second/i.test(note ?? '') ? 'unix seconds' : undefined
  const notes = [note, unit].filter(text => text !== undefined)
  const text = [notes.length === 0 ? '' : sentence(notes.join('; ')), whose].filter(part => part !== '').join(' ')
  return text === '' ? '' : `/** ${safe(text)} */`
}

function scalar ({ path, type }: FieldNode, { literals }: Declaring): string {
  if (literals[path] !== undefined) return union(literals[path])
  return type === 'number' || type === 'time' ? 'number' : 'string'
}
