import type { FastifyBaseLogger } from 'fastify'
import { expect, test } from 'vitest'
import { createHider } from '../../src/playground/hide.js'
import { tapLog } from '../../src/playground/log-tap.js'
import { THROWN } from '../support/thrown.js'

test.each(THROWN)('a log line that holds %s is noted without harm', (_name, make) => {
  const notes: unknown[] = []
  const log = Object.fromEntries(['fatal', 'error', 'warn', 'info'].map(level => [level, () => {}])) as unknown as FastifyBaseLogger
  const tapped = tapLog(log, createHider({ token: 'QDG6eK', encodingAESKey: 'k'.repeat(43) }), line => { notes.push(line) })
  tapped.error(make(), 'it failed')
  tapped.error({ err: make(), kind: 'text' }, 'it failed')
  expect(notes).toContainEqual(expect.objectContaining({ level: 'error', text: 'it failed', details: '{"kind":"text"}' }))
})

test.each<[string, Error, object]>([
  ['the innermost that has a code', new Error('saving failed', { cause: Object.assign(new Error('no route', { cause: new TypeError('x') }), { code: 'ECONNREFUSED' }) }), { code: 'ECONNREFUSED', text: 'no route' }],
  ['where none has one, the innermost', new Error('saving failed', { cause: new TypeError('x is not a function\nat all') }), { text: 'TypeError: x is not a function' }],
  ['an error that is alone', new RangeError('too much'), { text: 'RangeError: too much' }],
  ['a text that was thrown', new Error('failed', { cause: 'no luck' }), { text: 'no luck' }]
])('of what a handler threw, the page is told what is to be mended: %s', (_name, err, thrown) => {
  const notes: unknown[] = []
  const log = { error: () => {} } as unknown as FastifyBaseLogger
  tapLog(log, createHider({ token: 'QDG6eK', encodingAESKey: 'k'.repeat(43) }), line => { notes.push(line) }).error({ err }, 'it failed')
  expect(notes).toEqual([expect.objectContaining({ thrown })])
})
