/** What code of a user's may throw or reject with, beside errors: each a value of its own. */
export const THROWN: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['a text', () => 'down'],
  ['0', () => 0],
  ['a symbol', () => Symbol('down')],
  ['Object.create(null)', () => Object.create(null)],
  ['an object whose toString throws', () => ({ toString () { throw new Error('toString') } })],
  ['a Proxy whose traps throw', () => hostileProxy({})],
  ['a Proxy of an error', () => hostileProxy(new Error('down'))],
  ['a Proxy that was revoked', () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy }],
  ['a class whose instanceof throws', () => class { static get [Symbol.hasInstance] () { throw new Error('instanceof') } }],
  ['a frozen error', () => Object.freeze(new Error('down'))],
  ['an error whose getters throw', withThrowingGetters],
  ['an error whose fields are no texts', () => Object.assign(new Error('down'), { message: 1, stack: {}, name: Symbol('name'), code: 7, cause: hostileProxy({}), errors: [null, hostileProxy({})] })],
  ['an error that causes itself', () => { const error = new Error('down'); return Object.assign(error, { cause: error, errors: [error] }) }]
]

function withThrowingGetters (): Error {
  const names = ['message', 'stack', 'name', 'code', 'cause', 'errors', 'constructor', 'extra']
  const error = new Error('down')
  // Its stack is written at the first reading, from the fields.
  const stack = error.stack
  return Object.defineProperties(Object.assign(error, { stack }), Object.fromEntries(names.map(name => [name, { get () { throw new Error(name) }, enumerable: true }])))
}

function hostileProxy (target: object): object {
  const trap = () => { throw new Error('trap') }
  const traps = ['get', 'set', 'has', 'deleteProperty', 'ownKeys', 'getOwnPropertyDescriptor', 'defineProperty', 'getPrototypeOf', 'setPrototypeOf', 'isExtensible', 'preventExtensions']
  return new Proxy(target, Object.fromEntries(traps.map(name => [name, trap])))
}
