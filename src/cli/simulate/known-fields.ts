import { kindOf } from '../../message/kind.js'
import { shapeOf, type Shape } from '../../message/shape.js'
import { suggest } from '../arguments.js'

/** What to tell of a `--set` whose field neither the sample nor the catalogue has; `undefined` where it is known. */
export function unknownField (sample: Record<string, unknown>, assignment: string): string | undefined {
  const path = assignment.split('=', 1)[0] ?? ''
  const kind = kindOf(sample)
  const paths = [...new Set([...pathsOf(sample), ...pathsIn(shapeOf(kind))])]
  if (path === '' || paths.includes(path)) return undefined
  const byName = paths.find(known => known.split('.').at(-1)?.toLowerCase() === path.split('.').at(-1)?.toLowerCase())
  const hint = byName === undefined ? suggest(path, paths) : ` Did you mean ${byName}?`
  const shown = path.length > 60 ? `${path.slice(0, 60)}…` : path
  return `--set: ${kind.key} has no field ${shown}.${hint} It is sent anyway, because WeCom adds fields too.`
}

function pathsOf (fields: object, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value)
    return [`${prefix}${name}`, ...nested ? pathsOf(value as object, `${prefix}${name}.`) : []]
  })
}

/** `From{UserId Name}` is From, From.UserId, From.Name; not the other spellings of a group robot's names. */
function pathsIn (shape: Shape, prefix = ''): string[] {
  const fields = new Set(shape.values())
  return [...fields].flatMap(({ name, fields }) => [`${prefix}${name}`, ...pathsIn(fields, `${prefix}${name}.`)])
}
