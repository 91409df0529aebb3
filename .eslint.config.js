import neostandard from 'neostandard'

/** What is generated, and the pieces of the wire in it. */
const DATA = ['src/message/generated/**']

const MAX_LEN = { code: 120, ignoreUrls: true }

export default [
  ...neostandard({ ts: true, ignores: ['**/dist/', 'coverage/'] }),
  {
    files: ['src/**', 'example-app/**', '*.{js,mjs}', '.*.{js,mjs}'],
    ignores: DATA,
    rules: { '@stylistic/max-len': ['error', MAX_LEN] }
  },
  {
    files: ['test/**'],
    ignores: ['test/support/wecom-aes.ts', 'test/bench/limit.ts'],
    rules: {
      // WeCom's side of the encryption is written once.
      'no-restricted-imports': ['error', {
        paths: [{
          name: 'node:crypto',
          importNames: ['createCipheriv', 'createDecipheriv'],
          message: 'Take encryptRaw, decryptRaw or encrypt from test/support/wecom-aes.ts.'
        }]
      }]
    }
  },
  // The page of the playground is written for preact.
  { files: ['src/playground/page/**'], settings: { react: { pragma: 'h', fragment: 'Fragment' } } }
]
