import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['**/dist/', 'coverage/'] }),
  { rules: { '@stylistic/max-len': 'off' } },
  // The page of the playground is written for preact.
  { files: ['src/playground/page/**'], settings: { react: { pragma: 'h', fragment: 'Fragment' } } }
]
