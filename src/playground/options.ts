import { decodeEncodingAESKey } from '../crypto/encoding-aes-key.js'
import { quote } from '../errors.js'
import { checkNames, findSlip, optionInvalid } from '../support/options.js'
import type { TestCredentials } from '../testing/credentials.js'
import type { MenuButton } from './protocol.js'
import { isPrivate } from './remote.js'

/** What `app.register(playground, …)` takes. */
export interface PlaygroundOptions {
  /**
   * Path of the callback on the same server, prefix included, parameters filled in. Default `/wecom/callback`.
   *
   * @example target: '/wecom/callback'
   */
  target?: string | undefined
  /**
   * Those of the callback. They stay on the server.
   *
   * @example credentials: { token, encodingAESKey, receiveId: corpId }
   */
  credentials: TestCredentials
  /**
   * Where the page is. Default `/playground`.
   *
   * @example path: '/dev/wecom'
   */
  path?: string | undefined
  /**
   * Serve it although NODE_ENV is `production`. Default false.
   *
   * @example force: true
   */
  force?: boolean | undefined
  /**
   * For the page's URL, where it should outlive a restart; 22 or more of A-Z, a-z, 0-9, `-` and `_`. Default: a random
   * one for each start.
   *
   * @example key: 'a-key-of-22-or-more-characters'
   */
  key?: string | undefined
  /**
   * Addresses, one by one, from which the page may be opened as if from this machine: in a container, the gateway that
   * a published port comes from, as `['172.17.0.1']`. Private addresses only; the key and every other wall stay.
   * Default: none but loopback.
   *
   * @example allow: ['172.17.0.1']
   */
  allow?: readonly string[] | undefined
  /**
   * The app's menu, as WeCom's menu API takes it: `{ button: […] }`. Default: one with a button of most types.
   *
   * @example menu: { button: [{ name: '帮助', type: 'click', key: 'help' }] }
   */
  menu?: { button: MenuButton[] } | undefined
  /**
   * Gets the page's address, key included, once the server listens. Default: prints it.
   *
   * @example onAddress: url => { console.log(url) }
   */
  onAddress?: ((url: string) => unknown) | undefined
}

/** The last three are Fastify's, as with any plugin. */
const KNOWN = [
  'target',
  'credentials',
  'path',
  'force',
  'key',
  'allow',
  'menu',
  'onAddress',
  'prefix',
  'logLevel',
  'logSerializers'
]
/** The last two are the plugin's: one object may serve both. */
const CREDENTIALS = ['token', 'encodingAESKey', 'receiveId', 'verifyReceiveId', 'name', 'emptyAnswer']
const BUTTON = ['name', 'type', 'key', 'url', 'sub_button', 'pagepath', 'appid']

/** Checks the options and fills in the defaults. */
export function checkPlaygroundOptions (options: PlaygroundOptions) {
  checkNames('the playground', options, KNOWN)
  const {
    target = '/wecom/callback',
    credentials,
    path = '/playground',
    force = false,
    key,
    allow = [],
    menu,
    onAddress
  } = options ?? {}
  const { token, encodingAESKey, receiveId } = credentials ?? {}
  checkSlips('credentials', credentials, CREDENTIALS)
  if (typeof target !== 'string' || !/^\/(?!\/)/.test(target)) {
    throw optionInvalid(
      "target to begin with one '/'",
      quote(target),
      "Give the path of the callback on this server, as in target: '/wecom/callback'."
    )
  }
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)+$/.test(path)) {
    throw optionInvalid(
      "path to be as '/playground'",
      quote(path),
      'Use letters, digits and . _ ~ - between slashes, without one at the end.'
    )
  }
  if (typeof token !== 'string' || token === '' || typeof receiveId !== 'string') {
    throw optionInvalid(
      'credentials to have token, encodingAESKey and receiveId',
      quote(credentials),
      'Give those of the callback.'
    )
  }
  decodeEncodingAESKey(encodingAESKey as string)
  if (key !== undefined && !/^[\w-]{22,}$/.test(key)) {
    throw optionInvalid(
      'key to be 22 or more of A-Z, a-z, 0-9, - and _',
      'another text',
      'Leave it out for a random one.'
    )
  }
  checkAllow(allow)
  if (menu !== undefined && !Array.isArray(menu?.button)) {
    throw optionInvalid('menu to be { button: […] }', quote(menu), "Give what WeCom's menu API takes.")
  }
  checkButtons('menu.button', menu?.button)
  return { target, credentials: credentials as TestCredentials, path, force, key, allow, menu: menu?.button, onAddress }
}

function checkButtons (where: string, buttons: unknown): void {
  if (!Array.isArray(buttons)) return
  for (const [index, button] of buttons.entries()) {
    checkSlips(`${where}[${index}]`, button, BUTTON)
    checkButtons(`${where}[${index}].sub_button`, (button as MenuButton | null)?.sub_button)
  }
}

function checkSlips (where: string, value: unknown, known: readonly string[]): void {
  const slip = findSlip(value, known)
  if (slip !== undefined) {
    throw optionInvalid(`${where} to have ${known.join(', ')}`, quote(slip.field), `Did you mean ${slip.near}?`)
  }
}

/** No ranges, no names: who is let in is written down. */
function checkAllow (allow: unknown): void {
  const wrong = Array.isArray(allow) ? allow.find(address => typeof address !== 'string' || !isPrivate(address)) : allow
  if (wrong === undefined) return
  throw optionInvalid(
    "allow to be a list of private IP addresses, as ['172.17.0.1']",
    quote(wrong),
    'Give the one that the log names where the playground refuses: no ranges, no names, no public addresses.'
  )
}
