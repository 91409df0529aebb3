import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { localOrigin } from './address.js'
import { createHider } from './hide.js'
import { createLoopbackServers } from './loopback-servers.js'
import { observe } from './observe.js'
import { checkPlaygroundOptions, type PlaygroundOptions } from './options.js'
import { createSession } from './session.js'
import { serve } from './serve.js'

export type { PlaygroundOptions } from './options.js'
export type { MenuButton } from './protocol.js'

/**
 * Serves a page on which one plays WeCom against this server's own callback: messages go over a socket, encrypted, as
 * WeCom sends them, and the page shows every step. For development: it is off where NODE_ENV is `production`, and open
 * only to a browser on this machine that has the key of the printed address. Register it in the scope of the callback,
 * or above.
 *
 * @example
 * ```ts
 * await app.register(playground, { target: '/wecom', credentials })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export const playground = fp(async function playground (app: FastifyInstance, options: PlaygroundOptions) {
  const { force, path, key, onAddress, ...stage } = checkPlaygroundOptions(options)
  if (process.env.NODE_ENV === 'production' && !force) {
    app.log.info('the playground of fastify-wecom is off, because NODE_ENV is production')
    return
  }
  const base = `${app.prefix}${path}`
  const session = createSession(base, key)
  const hider = createHider(stage.credentials)
  const watches = observe(app, hider)
  // Its address holds the key: lines about its requests stay out of the log unless they are warnings.
  const servers = createLoopbackServers(stage.credentials.encodingAESKey)
  const stageOfPage = { ...stage, base, session, watches, hider, servers }
  await app.register(async child => { serve(child, stageOfPage) }, { prefix: path, logLevel: 'warn' })

  app.addHook('onListen', async function () {
    const origin = localOrigin(app)
    if (origin === undefined) {
      app.log.warn('the playground of fastify-wecom cannot be opened: the server does not listen on this machine\'s ' +
        'own address. Listen on 127.0.0.1, ::1, 0.0.0.0 or ::.')
      return
    }
    const url = `${origin}${base}?key=${session.key}`
    if (onAddress !== undefined) await onAddress(url)
    // A line of JSON is no help to who wants to click on it.
    else process.stdout.write(`\n  WeCom playground  ${url}\n\n`)
  })
}, { name: 'fastify-wecom-playground', fastify: '5.x' })

export default playground
