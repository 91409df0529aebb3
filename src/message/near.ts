import { editDistance } from '../support/edit-distance.js'
import { canonicalKey, catalogueKeys } from './kind.js'

/** Everything a router takes: the keys, and what they begin with. */
export function routerKeys (): Set<string> {
  const keys = new Set<string>()
  for (const key of catalogueKeys()) {
    for (let at = key.indexOf('.'); at >= 0; at = key.indexOf('.', at + 1)) keys.add(key.slice(0, at))
    keys.add(key)
  }
  return keys
}

/**
 * What somebody may have meant who wrote a key that is none: another spelling, the end of a key, or one that is a
 * typing error away.
 */
export function suggestKey (key: string): string | undefined {
  const alias = canonicalKey(key)
  if (alias !== undefined || key === '') return alias
  const lower = key.toLowerCase().replace(/\.+$/, '')
  const known = [...routerKeys()]
  const same = known.find(candidate => candidate.toLowerCase() === lower) ??
    known.find(candidate => candidate.toLowerCase().endsWith(`.${lower}`))
  if (same !== undefined) return same
  // Short names are all near to each other.
  let most = lower.length < 6 ? 1 : 2
  let nearest: string | undefined
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase(), most)
    if (distance <= most && (nearest === undefined || distance < most)) [nearest, most] = [candidate, distance]
  }
  return nearest ?? known.find(candidate => candidate.toLowerCase().startsWith(lower))
}
