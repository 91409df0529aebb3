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
