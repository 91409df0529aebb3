import { SIMULATED_FAULTS, simulateWecom, type SimulatedFault, type Transcript } from '../../testing/simulator/index.js'
import { readArguments, readChoice, readNumber, readUrl, suggest, UsageError, type Given } from '../arguments.js'
import type { Command } from '../command.js'
import { readCredentials, SETTINGS_HELP, SETTINGS_OPTIONS } from '../settings.js'
import { withProgress } from '../terminal.js'
import { Growth } from './growth.js'
import { address, isForBot, readMessage } from './message.js'
import { printAttempt, printDelivery } from './print.js'

export const simulate: Command = {
  summary: 'act as WeCom towards a callback URL: verification, messages, retries, stream polls',
  help: `fastify-wecom simulate <url> [--message kind=text | --event key | --file message.xml] [options]

Verifies the URL like WeCom, sends a message with WeCom's time-out and retries, polls the stream of a bot, and shows the
decrypted replies and how a stream grows. Exit code 0: WeCom would accept everything.

What to send (default: --message text=你好)
  --message <kind[=text]>    text=你好, image, location, aibot.text=你好, groupbot.text=你好, …
  --event <key>              click, change_contact.create_user, info.suite_ticket, aibot.event.enter_chat, …
  --file <path>              the decrypted message as XML or JSON
  --set <Field=value>        changes a field of the sample, inner ones too (text.content=…); may be repeated

How to send it
  --format xml|json          default: JSON for bots, XML for the rest
  --timeout <ms>             for one attempt, default 5000
  --retries <n>              default 3
  --retry same|fresh         whether a retry sends the same bytes or is encrypted again, default fresh
  --poll-interval <ms>       between the polls of a stream, default 1000
  --fault <name>             may be repeated: ${SIMULATED_FAULTS.slice(0, 6).join(', ')};
                             of polls: ${SIMULATED_FAULTS.slice(6).join(', ')}
  --scene command            the body must be success: command, template and provider URLs
  --no-verify                skip URL verification
  --json                     the whole transcript

${SETTINGS_HELP}`,
  async run (args, { terminal, env }) {
    const given = readArguments(args, OPTIONS)
    const url = readUrl(given.words)
    const message = readMessage(given, terminal.note)
    const credentials = readCredentials(given, env, terminal, { bot: isForBot(message) })
    const json = given.flag('json')
    const format = readChoice(given, 'format', ['xml', 'json'])
    const retryWith = readChoice(given, 'retry', ['same', 'fresh'])
    const scene = readChoice(given, 'scene', ['command'])
    const growth = new Growth()
    const wecom = simulateWecom({
      credentials,
      url,
      timeout: readNumber(given, 'timeout', 5000, { min: 50, max: 600_000 }),
      retries: readNumber(given, 'retries', 3, { min: 0, max: 100 }),
      pollInterval: readNumber(given, 'poll-interval', 1000, { min: 1, max: 60_000 }),
      verify: !given.flag('no-verify'),
      faults: readFaults(given),
      onAttempt: attempt => { if (!json) printAttempt(terminal, attempt, growth) },
      ...(format === undefined ? {} : { format }),
      ...(retryWith === undefined ? {} : { retryWith }),
      ...(scene === undefined ? {} : { requireSuccess: true })
    })
    let delivery
    try {
      delivery = await withProgress(
        terminal,
        `waiting for ${url.host}`,
        async () => await wecom.deliver(address(message, credentials.receiveId, given))
      )
    } catch (error) {
      // The message itself is no message: the only thing that is thrown, before anything is sent.
      throw new UsageError((error as Error).message)
    }
    const ok = succeeded(wecom.transcript)
    if (json) terminal.print(JSON.stringify({ ok, ...wecom.transcript }, null, 2))
    else printDelivery(terminal, delivery)
    return ok ? 0 : 1
  }
}

const OPTIONS = {
  ...SETTINGS_OPTIONS,
  message: { type: 'string' },
  event: { type: 'string' },
  file: { type: 'string' },
  set: { type: 'string', multiple: true },
  format: { type: 'string' },
  timeout: { type: 'string' },
  retries: { type: 'string' },
  retry: { type: 'string' },
  'poll-interval': { type: 'string' },
  fault: { type: 'string', multiple: true },
  scene: { type: 'string' },
  'no-verify': { type: 'boolean' },
  json: { type: 'boolean' }
} as const

function readFaults (given: Given): SimulatedFault[] {
  return given
    .texts('fault')
    .flatMap(text => text.split(','))
    .map(name => {
      if (SIMULATED_FAULTS.includes(name as SimulatedFault)) return name as SimulatedFault
      throw new UsageError(
        `--fault takes ${SIMULATED_FAULTS.join(', ')}; got '${name}'.${suggest(name, SIMULATED_FAULTS)}`
      )
    })
}

/** Retries alone are no fault: WeCom does not mind them, as long as one is answered. */
function succeeded ({ deliveries }: Transcript): boolean {
  return deliveries.every(({ outcome, problems }) => outcome === 'accepted' && problems.length === 0)
}
