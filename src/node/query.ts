import { parse } from 'node:querystring'

/** The decoded query of a request's URL; a name that comes twice has a list. */
export function queryOf (url: string): Readonly<Record<string, unknown>> {
  const start = url.indexOf('?')
  return parse(start === -1 ? '' : url.slice(start + 1))
}
