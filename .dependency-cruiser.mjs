/*
 * npm run lint: no circle of imports, types included (ESLint's own rules leave out `import type`).
 */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Move what both files need, mostly a type, into a file of its own that imports neither.',
      severity: 'error',
      from: { path: '^(src|example-app/src)/' },
      to: { circular: true }
    }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' }
  }
}
