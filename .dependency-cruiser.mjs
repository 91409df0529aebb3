/*
 * npm run lint: no circle of imports, types included (ESLint's own rules leave out `import type`), and no import from a
 * room into one that lies above it (docs/CONTRIBUTING.md, Architecture).
 */

/** Servers and optional ends: nothing below knows them. */
const ENDS = '^src/(fastify|node|express|playground|testing|cli|redis|bullmq|api)/'
/** What knows no server. */
const BELOW_CORE =
  'bot|streams|delivery|receiver|credentials|crypto|envelope|xml|json|message|router|reply|telemetry|support'
const CORE = `^src/(core|wecom-crypto|${BELOW_CORE})/`
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Move what both files need, mostly a type, into a file of its own that imports neither.',
      severity: 'error',
      from: { path: '^(src|example-app/src)/' },
      to: { circular: true }
    },
    {
      name: 'core-knows-no-server',
      comment: 'The door or the end that needs it imports it; the core is told by a parameter.',
      severity: 'error',
      from: { path: CORE },
      to: { path: `${ENDS}|node_modules/(fastify|express|ioredis|bullmq)/` }
    },
    {
      name: 'delivery-below-core',
      comment: 'What one message comes to (core) stands on once and in time (delivery), and not the other way round.',
      severity: 'error',
      from: { path: `^src/(${BELOW_CORE})/` },
      to: { path: '^src/core/' }
    },
    {
      name: 'crypto-imports-nothing-upward',
      comment: 'Ciphers, signatures and readers serve everybody: they know no message, credential or delivery.',
      severity: 'error',
      from: { path: '^src/(crypto|envelope|xml|json|support|telemetry)/' },
      to: { path: '^src/(bot|receiver|credentials|wecom-crypto|message|router|reply|delivery)/' }
    },
    {
      name: 'message-below-reply',
      comment: 'A message is read without knowing who may have sent it, how it is answered or delivered.',
      severity: 'error',
      from: { path: '^src/message/' },
      to: { path: '^src/(bot|receiver|credentials|wecom-crypto|router|reply|delivery)/' }
    },
    {
      name: 'fastify-in-its-room',
      comment: 'Fastify ends in src/fastify/; the playground is a plugin of its own, and workers take its logger.',
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
