import type { Readable } from 'node:stream'
import type { Environment } from './settings.js'
import type { Terminal } from './terminal.js'

/** What a command is run with. */
export interface Surroundings {
  terminal: Terminal
  /** With .env. */
  env: Environment
  stdin: Readable & { isTTY?: boolean }
}

/** 0 fine, 1 a fault was found, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

export interface Command {
  /** One line. */
  summary: string
  help: string
  /** @throws UsageError */
  run (args: string[], surroundings: Surroundings): Promise<ExitCode>
}

/** Milliseconds. A program that starts this one may leave the pipe open and never write. */
const PATIENCE = 2000

/** All of standard input, up to a bound no callback comes near; `''` where nothing begins to come. */
export async function readAll (stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  const timer = setTimeout(() => { stream.destroy() }, PATIENCE)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      chunks.push(chunk)
      length += chunk.length
      if (length > 16 * 1024 * 1024) break
    }
  } catch (error) {
    // Destroyed for want of input.
    if (chunks.length > 0) throw error
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString()
}
