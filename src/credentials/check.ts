import { decodeEncodingAESKey } from '../crypto/encoding-aes-key.js'
import { findSlip, suggestName, optionInvalid } from '../support/options.js'
import type { Credential } from './types.js'

/** Checks one credential or a list; the error says which entry and field. */
export function checkCredentials (credentials: unknown): Credential[] {
  if (!Array.isArray(credentials)) return [checkCredential(credentials, 'credentials')]
  if (credentials.length > 0) return credentials.map((entry, index) => checkCredential(entry, `credentials[${index}]`))
  throw optionInvalid(
    'credentials to have at least one entry',
    'an empty list',
    'Give { token, encodingAESKey, receiveId } of the callback URL.'
  )
}

function checkCredential (value: unknown, where: string): Credential {
  if (typeof value !== 'object' || value === null) {
    throw optionInvalid(
      `${where} to be { token, encodingAESKey, receiveId }`,
      quoteType(value),
      'The WeCom console shows all three on the page where you set the callback URL.'
    )
  }
  const { token, encodingAESKey, receiveId, name = '', emptyAnswer = 'auto' } = value as Record<string, unknown>
  const fields = { token, encodingAESKey, receiveId }
  const missing = Object.entries(fields).filter(([, given]) => given === undefined).map(([field]) => field)
  if (missing.length > 0) {
    const given = Object.keys(value)
    const found = missing.some(field => given.includes(field))
      ? `undefined for ${missing.join(' and ')}`
      : `an object with ${given.join(', ') || 'no fields'}`
    const slip = given.find(field => !KNOWN.includes(field) && missing.includes(suggestName(field, KNOWN) ?? ''))
    const hint = slip === undefined ? '' : `Did you mean ${suggestName(slip, KNOWN)} by ${slip}? `
    throw optionInvalid(
      `${where} to have token, encodingAESKey and receiveId`,
      found,
      `${hint}Give all three (is the environment variable set?); receiveId is '' for bots, never left out.`
    )
  }
  if (typeof token !== 'string' || token === '' || token !== token.trim()) {
    throw optionInvalid(
      `${where}.token to be a text without blanks around it`,
      token === '' ? 'an empty text' : typeof token === 'string' ? 'blanks around it' : quoteType(token),
      'Copy Token again from the WeCom console.'
    )
  }
  if (typeof receiveId !== 'string' && typeof receiveId !== 'function' && !isList(receiveId)) {
    throw optionInvalid(
      `${where}.receiveId to be a text, a list of texts or a function`,
      quoteType(receiveId),
      "Give the corpid or suite id of the scene; '' for bots."
    )
  }
  const blank = typeof receiveId === 'function' ? undefined : [receiveId].flat().find(id => id !== id.trim())
  if (blank !== undefined) {
    throw optionInvalid(
      `${where}.receiveId to have no blanks around it`,
      JSON.stringify(blank),
      'Copy it again from the WeCom console; ids are compared exactly.'
    )
  }
  if (typeof name !== 'string') {
    throw optionInvalid(`${where}.name to be a text`, quoteType(name), 'Leave it out, or name the app.')
  }
  if (emptyAnswer !== 'auto' && emptyAnswer !== 'empty' && emptyAnswer !== 'success') {
    throw optionInvalid(
      `${where}.emptyAnswer to be 'auto', 'empty' or 'success'`,
      quoteType(emptyAnswer),
      "Suite command, template and provider URLs want 'success'; leave it out elsewhere."
    )
  }
  const slip = findSlip(value, KNOWN)
  if (slip !== undefined) {
    throw optionInvalid(
      `${where} to have token, encodingAESKey, receiveId, name and emptyAnswer`,
      slip.field,
      `Did you mean ${slip.near}?`
    )
  }
  return {
    token,
    key: decodeEncodingAESKey(encodingAESKey),
    receiveId: typeof receiveId === 'string' ? [receiveId] : receiveId as Credential['receiveId'],
    name,
    emptyAnswer,
    identity: name === '' ? undefined : name
  }
}

const KNOWN = ['token', 'encodingAESKey', 'receiveId', 'name', 'emptyAnswer']

function isList (value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every(item => typeof item === 'string')
}

function quoteType (value: unknown): string {
  return Array.isArray(value)
    ? 'an empty list, or one with other things than texts'
    : value === undefined
      ? 'nothing'
      : `a value of type ${typeof value}`
}
