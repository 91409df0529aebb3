import { parse } from 'node:querystring'

/** The decoded query of a request's URL; a name that comes twice has a list. */
export function queryOf (url: string): Readonly<Record<string, unknown>> {
  const start = url.indexOf('?')
  // The header's own limit bounds it; a thousand names, Node's default, would hide what comes behind them.
  return parse(start === -1 ? '' : url.slice(start + 1), '&', '=', { maxKeys: 0 })
}
