import { wecomError, type WecomError } from '../errors.js'

export function parserBypassed (cause?: unknown): WecomError {
  return wecomError('WECOM_PARSER_BYPASSED', {
    expected: 'this plugin to read the body',
    got: 'a body that another parser reads, or none',
    fix: 'A hook of the app looks at request.mediaType before the body is read, or this scope removed all content ' +
      'type parsers: leave the callback route out of it, or give the plugin a handler.',
    cause
  })
}

/** Fastify's own answer would name fields of the decrypted message. */
export function schemaMismatch (): WecomError {
  return wecomError('WECOM_MESSAGE_INVALID', {
    expected: 'a message that fits the schema of the route',
    got: 'another',
    fix: 'WeCom sends many kinds to one URL: check single kinds in the handler, or give the route an errorHandler to ' +
      'see the details.'
  })
}

export function routeInvalid (expected: string, got: string, fix: string): Error {
  return wecomError('WECOM_ROUTE_INVALID', { expected, got, fix })
}
