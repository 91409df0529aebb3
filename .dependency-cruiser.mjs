/*
 * npm run lint: no circular imports, types included (ESLint's own rules leave out `import type`), and no import from a
 * folder into one above it (docs/CONTRIBUTING.md, Architecture).
 */

/** Adapters and optional entry points: nothing below knows them. */
const ENDS = '^src/(fastify|node|express|playground|testing|cli|redis|bullmq|api)/'
/** What does not know any server framework. */
const BELOW_CORE =
  'bot|streams|delivery|receiver|credentials|crypto|envelope|xml|json|message|router|reply|telemetry|support'
const CORE = `^src/(core|wecom-crypto|${BELOW_CORE})/`
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Move what both files need, usually a type, into a file of its own that imports neither.',
      severity: 'error',
      from: { path: '^(src|example-app/src)/' },
      to: { circular: true }
    },
    {
      name: 'core-knows-no-server',
      comment: 'Let the adapter or entry point that needs it import it and pass it to the core as a parameter.',
      severity: 'error',
      from: { path: CORE },
      to: { path: `${ENDS}|node_modules/(fastify|express|ioredis|bullmq)/` }
    },
    {
      name: 'delivery-below-core',
      comment: 'Handling a message (core) builds on handling it once and in time (delivery), not the reverse.',
      severity: 'error',
      from: { path: `^src/(${BELOW_CORE})/` },
      to: { path: '^src/core/' }
    },
    {
      name: 'crypto-imports-nothing-upward',
      comment: 'Every folder uses ciphers, signatures and readers: they know no message, credential or delivery.',
      severity: 'error',
      from: { path: '^src/(crypto|envelope|xml|json|support)/' },
      to: { path: '^src/(bot|receiver|credentials|wecom-crypto|message|router|reply|delivery)/' }
    },
    {
      name: 'message-below-reply',
      comment: 'A message is read, and told in a log, without knowing who may have sent it, or how it is answered.',
      severity: 'error',
      from: { path: '^src/(message|telemetry)/' },
      to: { path: '^src/(bot|receiver|credentials|wecom-crypto|router|reply|delivery)/' }
    },
    {
      name: 'fastify-in-its-folder',
      comment: 'Only src/fastify/ knows Fastify; the playground is a plugin of its own, and workers take its logger.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(fastify|playground)/', '^src/bullmq/(run-job|worker|console-log|connection)\\.ts$']
      },
      to: { path: 'node_modules/(fastify|fastify-plugin|@fastify)/', pathNot: 'node_modules/@fastify/error/' }
    }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' }
  }
}
