import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../support/compile.js'

test('a bundle that leaves fast-xml-parser out fails as the server starts, and loses no message', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-bundle-'))
  onTestFinished(() => { rmSync(directory, { recursive: true }) })
  cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true })
  mkdirSync(join(directory, 'node_modules/@fastify'), { recursive: true })
  for (const name of ['@fastify/error', 'fastify-plugin', 'raw-body']) symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name))
  const start = `
    import { createReceiver } from './dist/receiver/index.js'
    createReceiver({ credentials: { token: 't', encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', receiveId: '' } })`
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', start], { cwd: directory, stdio: 'pipe' })).toThrow("Cannot find module 'fast-xml-parser'")
})
