import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['**/dist/', 'coverage/'] }),
  { rules: { '@stylistic/max-len': 'off' } },
  {
    files: ['test/**'],
    ignores: ['test/support/wecom-aes.ts'],
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
