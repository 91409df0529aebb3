import { readFileSync } from 'node:fs'

/** The official libraries, by the names of their files in test/vectors. */
export const LIBRARIES = [
  'cpp-json', 'cpp-xml', 'csharp-xml', 'go-json', 'go-xml', 'java-json', 'java-xml', 'node', 'php-json', 'php-xml', 'py-json', 'py-xml'
] as const

export type Library = (typeof LIBRARIES)[number]

/** What one line of any file says of the callback URL and the request. */
interface Line {
  case: string
  token: string
  encodingAESKey: string
  receiveId: string
  timestamp: string
  nonce: string
  msgSignature: string
}

/** A line of a library's file. */
export interface Vector extends Line {
  id: string
  op: 'encrypt' | 'decrypt' | 'echo'
  format: 'xml' | 'json'
  plaintext: string
  encrypt: string
  /** Hex of 16 bytes. */
  random: string
  /** The envelope; '' on `echo`. */
  body: string
}

/** A line of hostile.jsonl. */
export interface HostileVector extends Line {
  id: string
  op: 'decrypt' | 'echo'
  format: 'xml' | 'json' | 'query'
  expect: 'accept' | 'reject' | 'either'
  /** On `decrypt`. */
  body?: string
  /** On `echo`. */
  echostr?: string
  /** Absent on `reject`. */
  plaintext?: string
}

export function readVectors (name: Library | 'wecom-real'): Vector[] {
  return readLines<Vector>(name).map((vector, index) => ({ ...vector, id: vector.id ?? `${name}-${index}`, body: vector.body ?? '' }))
}

export function readHostile (): HostileVector[] {
  return readLines<HostileVector>('hostile')
}

function readLines<T> (name: string): T[] {
  const text = readFileSync(new URL(`../vectors/${name}.jsonl`, import.meta.url), 'utf8')
  return text.trimEnd().split('\n').map(line => JSON.parse(line) as T)
}
