import { kindOf } from '../../message/kind.js'
import { rowOf } from '../../message/lookup.js'
import { SHARED } from '../../message/table/shared.js'
import { suggest } from '../arguments.js'

/** What to tell of a `--set` whose field neither the sample nor the catalogue has; `undefined` where it is known. */
export function unknownField (sample: Record<string, unknown>, assignment: string): string | undefined {
  const path = assignment.split('=', 1)[0] ?? ''
  const { scene, key } = kindOf(sample as Parameters<typeof kindOf>[0])
  const paths = [...new Set([...pathsOf(sample), ...pathsIn(`${SHARED[scene]} ${rowOf(key)}`)])]
  if (path === '' || paths.includes(path)) return undefined
  const byName = paths.find(known => known.split('.').at(-1)?.toLowerCase() === path.split('.').at(-1)?.toLowerCase())
  const hint = byName === undefined ? suggest(path, paths) : ` Did you mean ${byName}?`
  return `--set: ${key} has no field ${path.length > 60 ? `${path.slice(0, 60)}…` : path}.${hint} It is sent all the ` +
    'same: WeCom adds fields, too.'
}

function pathsOf (fields: object, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([name, value]) => [
    `${prefix}${name}`,
    ...(typeof value === 'object' && value !== null && !Array.isArray(value)
      ? pathsOf(value as object, `${prefix}${name}.`)
      : [])
  ])
}

/** The paths of the catalogue's notation: `From{UserId Name}` is From, From.UserId, From.Name. */
function pathsIn (notation: string): string[] {
  const outer: string[] = []
  const paths: string[] = []
  for (const [, close, name = '', open] of notation.matchAll(/(\})|([^\s{}#*]+)[#*]*(\{)?/g)) {
    if (close !== undefined) {
      outer.pop()
      continue
    }
    paths.push([...outer, name].join('.'))
    if (open !== undefined) outer.push(name)
  }
  return paths
}
