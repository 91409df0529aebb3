/**
 * An error without what clients hang on it: ioredis puts the command with its arguments there, a reply among them, and loggers
 * write it out.
 */
export function bareError (error: unknown): Error {
  const { name, message, code, stack } = error as Partial<Error & { code: unknown }>
  // Node.js gives a refused connection to several addresses no message, only a code.
  const bare = new Error(message || (typeof code === 'string' ? code : 'an error without a message'))
  if (typeof stack === 'string') bare.stack = stack
  return Object.assign(bare, { name: name ?? 'Error', ...(typeof code === 'string' ? { code } : {}) })
}
