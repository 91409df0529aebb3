import { readArguments, readChoice, readNumber, readUrl, UsageError } from '../arguments.js'
import type { Command } from '../command.js'
import { readCredentials, SETTINGS_HELP, SETTINGS_OPTIONS } from '../settings.js'
import { checkGet } from './check-get.js'
import { checkPost } from './check-post.js'
import type { Fault, Findings } from './faults.js'
import type { Plan } from './plan.js'
import { printFindings } from './print.js'
import { createProber } from './probe.js'
import { doctorMessage, SCENES, type SceneName } from './scenes.js'

const SCENE_NAMES = Object.keys(SCENES) as SceneName[]

export const doctor: Command = {
  summary: 'find out why a callback URL fails; works against any server in any language',
  help: `fastify-wecom doctor <url> [options]

Sends what WeCom sends, then requests that are wrong in exactly one point, and concludes from the answers what is wrong
with the server. The text message comes from a user named fastify_wecom_doctor. A server that refuses gets up to about
150 requests, at most four at a time.

  --scene <name>             ${SCENE_NAMES.join(', ')} (default app)
${SCENE_NAMES.map(name => `                               ${name.padEnd(9)} ${SCENES[name].title}`).join('\n')}
  --get-only                 URL verification only: no message reaches a live handler
  --try-receive-id <id>      another receiveId to try if it is wrong; may be repeated
  --timeout <ms>             for one request, default 5000
  --json                     { "ok", "faults": [{ "code", "what", "fix", "alternatives" }] }, most likely first

${SETTINGS_HELP}`,
  async run (args, { terminal, env }) {
    const given = readArguments(args, {
      ...SETTINGS_OPTIONS,
      scene: { type: 'string' },
      'get-only': { type: 'boolean' },
      'try-receive-id': { type: 'string', multiple: true },
      timeout: { type: 'string' },
      json: { type: 'boolean' }
    })
    const url = readUrl(given.words)
    const name = readChoice(given, 'scene', SCENE_NAMES) ?? 'app'
    const scene = SCENES[name]
    const credentials = readCredentials(given, env, terminal, scene)
    if (name === 'bot' && credentials.receiveId !== '') {
      terminal.note(
        `A bot's receiveId is "", here it is ${JSON.stringify(credentials.receiveId)}: give --receive-id "" unless ` +
          'you know better.'
      )
    }
    if (url.hash !== '') throw new UsageError('The URL contains a #: what follows it is never sent.')
    const timeout = readNumber(given, 'timeout', 5000, { min: 1, max: 60_000 })
    const plan: Plan = {
      url,
      scene,
      env,
      getOnly: given.flag('get-only'),
      briefly: Math.min(timeout, 2000),
      tryIds: given.texts('try-receive-id'),
      prober: createProber(url, credentials, { message: doctorMessage(name, credentials.receiveId), timeout }),
      progress: what => { terminal.note(`… ${what}`) }
    }
    const findings = await examine(plan)
    const ok = findings.faults.length === 0
    if (given.flag('json')) terminal.print(JSON.stringify({ ok, faults: findings.faults }, null, 2))
    else printFindings(terminal, url, findings, plan.getOnly)
    return ok ? 0 : 1
  }
}

async function examine (plan: Plan): Promise<Findings> {
  const get = await checkGet(plan)
  if (plan.getOnly || get.state === 'refused' || get.state === 'silent') return get
  const post = await checkPost(plan, get.state === 'verified')
  const faults = [...mergeRoutes(get.faults, post.faults), ...post.faults]
  return {
    faults: faults.filter(({ code }, index) => faults.findIndex(other => other.code === code) === index),
    notes: [...get.notes, ...post.notes]
  }
}

/** A path that only POST finds is there: what is missing is its GET. */
function mergeRoutes (get: readonly Fault[], post: readonly Fault[]): Fault[] {
  const lost = post.some(({ code }) => code === 'not-found' || code === 'unreachable')
  const [door] = get
  // Two methods that are both not there make no callback: a static site, another service.
  if (
    door?.code === 'method' &&
    post[0]?.code === 'method' &&
    /\((405|501)\)/.test(door.what) &&
    /\((405|501)\)/.test(post[0].what)
  ) {
    return [
      {
        code: 'not-found',
        what: `Neither GET nor POST is served here. ${door.what} ${post[0].what}`,
        fix: 'Something other than a callback is at this path (a static site, another service): compare path and ' +
          "port with those of the callback's route."
      },
      ...get.slice(1)
    ]
  }
  return get.map(fault =>
    fault.code !== 'not-found' || lost
      ? fault
      : {
          code: 'method',
          what: `POST is answered at this path, GET is not. ${fault.what}`,
          fix: 'Add a GET route at the same path that answers with the decrypted echostr, and let the proxy in front ' +
            'pass GET as well.'
        }
  )
}
