/** The fields of an object in the order WeCom's samples write them, and what holds between them. */
export interface Shape {
  readonly fields: Readonly<Record<string, Field>>
  readonly rules?: readonly Rule[]
  /** The shape depends on the value of this field: `CardType`. */
  readonly variants?: { readonly by: string, readonly of: Readonly<Record<string, Shape>> }
}

/** What a field may hold. Limits here are hard, except `cutBytes`; what WeCom only suggests stands in the types. */
export interface Field {
  readonly type: 'text' | 'number' | 'time' | 'flag' | 'object' | 'list'
  readonly required?: boolean
  /** May be left out, but not empty: what is to be left out for, as it stands in the error. */
  readonly filledIn?: string
  /** Most bytes of UTF-8; more is an error. */
  readonly maxBytes?: number
  /** Most bytes of UTF-8; WeCom cuts what is longer, so it is cut here, where it does no harm. */
  readonly cutBytes?: number
  /** Of base64: most bytes of what it stands for. */
  readonly maxDecodedBytes?: number
  readonly values?: readonly string[]
  readonly pattern?: RegExp
  /** `pattern` or `values` in words. */
  readonly meaning?: string
  readonly range?: readonly [number, number]
  /** Fewest and most items of a list. */
  readonly items?: readonly [number, number]
  /** Of an object, or of each item of a list; a list without holds texts. */
  readonly shape?: Shape
  /** The field that no two items share. */
  readonly unique?: string
  /** The element that holds an item in WeCom's XML; without one the list's own element repeats. */
  readonly item?: string
}

/** Looks at an object whose fields are right one by one; returns what is wrong. */
export type Rule = (object: Readonly<Record<string, unknown>>) => Broken | undefined

/** `expected` and `fix` as in an error text; `field` is relative to the object. */
export interface Broken {
  field: string
  expected: string
  got: string
  fix: string
}

type Extra = Partial<Omit<Field, 'type'>>

export const text = (extra: Extra = {}): Field => ({ type: 'text', ...extra })
export const number = (extra: Extra = {}): Field => ({ type: 'number', ...extra })
export const flag = (): Field => ({ type: 'flag' })
export const object = (fields: Shape['fields'], rules: readonly Rule[] = []): Field => ({
  type: 'object',
  shape: { fields, rules }
})
export const list = (
  most: number,
  fields?: Shape['fields'],
  extra: Extra & { rules?: readonly Rule[] } = {}
): Field => {
  const { rules = [], ...rest } = extra
  return { type: 'list', items: [0, most], ...(fields === undefined ? {} : { shape: { fields, rules } }), ...rest }
}
export const required = (field: Field): Field => ({
  ...field,
  required: true,
  ...(field.items?.[0] === 0 ? { items: [1, field.items[1]] } : {})
})

/** At least one of these paths must be there. */
export function oneOf (...paths: string[]): Rule {
  return value =>
    paths.some(path => filled(at(value, path)))
      ? undefined
      : {
          field: paths[0] as string,
          expected: `to be there, or ${paths.slice(1).join(' or ')}`,
          got: 'neither',
          fix: 'WeCom refuses a card without it.'
        }
}

/** `needs[String(value of field)]` names the field that this value makes necessary. */
export function requiredFor (field: string, needs: Readonly<Record<string, string>>): Rule {
  return value => {
    const needed = needs[String(value[field])]
    return needed === undefined || filled(value[needed])
      ? undefined
      : {
          field: needed,
          expected: `to be there, as ${field} is ${String(value[field])}`,
          got: 'none',
          fix: `Give it, or another ${field}.`
        }
  }
}

function at (value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value)
}

/** Whether a field holds something; empty text is as good as none. */
export function filled (value: unknown): boolean {
  return value !== undefined && value !== ''
}
