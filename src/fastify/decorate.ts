import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { replyRepeated } from '../core/errors.js'
import { wecomError } from '../errors.js'
import type { Reply } from '../reply/types.js'
import { stream } from '../streams/source/stream.js'
import type { StreamOptions } from '../streams/source/stream-options.js'
import type { StreamSource } from '../streams/source/types.js'
import { routeInvalid } from './errors.js'
import { kCallback, type Carrier, type WecomContext } from './request-state.js'

/** Once an app; a second registration finds them there. */
export function decorate (app: FastifyInstance): void {
  if (app.hasRequestDecorator(kCallback as unknown as string)) return
  if (
    app.hasRequestDecorator('wecomMessage') ||
    app.hasRequestDecorator('wecom') ||
    app.hasReplyDecorator('encrypted') ||
    app.hasReplyDecorator('stream')
  ) {
    throw routeInvalid(
      'request.wecomMessage, request.wecom, reply.encrypted() and reply.stream() to be free',
      'decorators of these names',
      'Another plugin, or a second copy of fastify-wecom, has them: see npm ls fastify-wecom, and keep one.'
    )
  }
  app.decorateRequest(kCallback as unknown as string, null)
  app.decorateRequest('wecomMessage', {
    getter (this: FastifyRequest) {
      return contextOf(this, 'request.wecomMessage').message
    }
  })
  app.decorateRequest('wecom', {
    getter (this: FastifyRequest) {
      return contextOf(this, 'request.wecom')
    }
  })
  app.decorateReply('encrypted', function (this: FastifyReply, reply?: Reply) {
    contextOf(this.request, 'reply.encrypted()')
    const run = (this.request as Carrier)[kCallback]?.run
    if (run === undefined) {
      throw notACallback(
        'reply.encrypted()',
        'a hook before the handler',
        'Answer in the handler; a hook may refuse the request by reply.code(…).send().'
      )
    }
    if (run.settled) throw replyRepeated('reply.encrypted()')
    run.answer(reply)
    return this
  })
  app.decorateReply('stream', function (this: FastifyReply, source: StreamSource, options?: StreamOptions) {
    return this.encrypted(stream(source, options))
  })
}

function contextOf (request: Carrier, what: string): WecomContext {
  const state = request[kCallback]
  if (state?.context !== undefined) return state.context
  if (state !== undefined && state !== null) {
    throw notACallback(
      what,
      'a hook that runs before the body is decrypted',
      'Use it in preValidation, preHandler or the handler.'
    )
  }
  throw notACallback(what, `${request.method} ${request.routeOptions.url ?? 'of no route'}`)
}

function notACallback (
  what: string,
  where: string,
  fix = 'Use it in the handler given to the plugin, or in the POST route at its path; register the plugin before ' +
    'that route.'
): Error {
  return wecomError('WECOM_NOT_A_CALLBACK', {
    expected: `${what} to be used in the handler of a callback`,
    got: where,
    fix
  })
}
