import { hash } from 'node:crypto'
import type { Credential } from './types.js'

/** What tells credentials apart: the name, else a fingerprint of token and key, from which nothing can be told. */
export function identityOf (credential: Credential): string {
  credential.identity ??= credential.name === '' ? fingerprint(credential) : credential.name
  return credential.identity
}

function fingerprint ({ token, key }: Credential): string {
  return hash('sha256', JSON.stringify(['credential', token, key.toString('base64')]), 'base64url')
}
