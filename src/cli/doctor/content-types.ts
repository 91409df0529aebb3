import { fault, type Fault } from './faults.js'

/** Types that a callback may come with: WeCom documents none. */
export const XML_TYPES = ['application/xml', 'text/xml; charset=utf-8', false] as const
export const JSON_TYPES = ['application/json; charset=utf-8', false] as const

export function contentTypeFault (what: string): Fault {
  return fault({
    code: 'content-type',
    what,
    fix: 'Read the body whatever its Content-Type is: WeCom documents none, and proxies change it.'
  })
}
