import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Outcome, Settlement } from '../../src/delivery/attempts.js'

/** An attempt in another process. */
export interface RemoteAttempt {
  index: number
  number: number
  runs: boolean
}

/** A process of its own with a store of its own. Ends with the test. */
export interface StoreProcess {
  attach (key: string): Promise<RemoteAttempt>
  outcome (attempt: RemoteAttempt): Promise<Outcome>
  settle (attempt: RemoteAttempt, settlement: Settlement): Promise<Outcome>
  /** Keeps its event loop busy for so many milliseconds. */
  block (milliseconds: number): Promise<void>
  /** Closes store and client, as an app does at its end. */
  close (): Promise<void>
  /** Resolves with the exit code once the process has ended by itself. */
  leave (): Promise<number | null>
  /** SIGKILL. */
  kill (): Promise<void>
}

export function startProcess (port: number, lease: number): StoreProcess {
  if (!existsSync(new URL('../../dist/redis/index.js', import.meta.url))) throw new Error('This test runs the built package in processes of its own: npm run build first.')
  const child = fork(fileURLToPath(new URL('process.mjs', import.meta.url)), [String(port), String(lease)], { execArgv: ['--unhandled-rejections=strict'] })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const answers = new Map<number, (result: unknown) => void>()
  let calls = 0
  child.on('message', ([id, result]: [number, unknown]) => {
    answers.get(id)?.(result)
    answers.delete(id)
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)

  async function call<T> (name: string, ...args: unknown[]): Promise<T> {
    const id = calls++
    const answer = new Promise<T>(resolve => { answers.set(id, result => { resolve(result as T) }) })
    child.send([id, name, ...args])
    return await answer
  }

  return {
    attach: async key => await call('attach', key),
    outcome: async ({ index }) => await call('outcome', index),
    settle: async ({ index }, settlement) => await call('settle', index, settlement),
    block: async milliseconds => await call('block', milliseconds),
    close: async () => await call('close'),
    async leave () {
      await call('leave')
      const [code] = await exited
      return code
    },
    kill
  }
}
