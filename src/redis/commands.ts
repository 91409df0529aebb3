import type { Cluster, Redis } from 'ioredis'
import type { Outcome, Settlement } from '../delivery/attempts.js'
import { defineScript, strip, type Script } from './define-script.js'
import { writeTogether } from './one-write.js'
import { begunText, endedText } from './run-text.js'
import { PRELUDE, SCRIPTS, type ScriptName } from './scripts.js'

/** A run as a process knows it, beside what Redis knows. */
export interface KnownRun {
  readonly key: string
  /** The token of the attempt that runs it. */
  readonly owner: string
  /** How many attempts there were at least. */
  readonly attempts: number
  /** Whether WeCom has had its empty answer, as far as this process knows. */
  readonly acknowledged: boolean
  /** See `Found`. */
  readonly begunFor?: number | undefined
  /** Milliseconds for which a decided run is to be remembered from now on. */
  keepFor (): number
}

/** What an attempt finds. `owned`: it is the one to run the handler. */
export interface Found {
  number: number
  owner: string
  /** Milliseconds until the owner's lease ends, unless renewed; 0 where the handler has ended. */
  leaseLeft: number
  outcome: Outcome | 'owned' | 'running'
  /** The message was acknowledged before. */
  acknowledged: boolean
  /** This attempt began the run by a plain SET, and the key lives for so long, milliseconds. */
  begunFor?: number
}

/** What Redis knows of the run of an owner; `gone`: nothing. `leaseLeft` is above 0 while the handler runs. */
export type Sight = (Outcome | { state: 'running' | 'gone' }) & { leaseLeft?: number }

/** What a renewal comes to: the handler's run goes on, has ended as far as Redis knows, or is another's. */
export type Renewal =
  { state: 'open', sinceAttached: number | undefined, attempts: number } | { state: 'ended' | 'lost' }

/** The steps of a run in Redis. All reject as the client does. */
export interface Commands {
  /**
   * Begins the run of a message that Redis does not know, as nearly all are: by one plain write. `undefined`: it knows
   * the message, so `attach` it. Only where `isPlain` says so, and no run of the key goes on in this process: Redis may
   * have lost it.
   */
  begin (key: string, token: string, keepFor: number): Promise<Found | undefined>
  /** The same for any message. `runsHere`: the owner of its run in this process. */
  attach (key: string, token: string, keepFor: number, runsHere: string | undefined): Promise<Found>
  /** `sinceAttached`: milliseconds, undefined where Redis had lost the run. */
  renew (run: KnownRun): Promise<Renewal>
  settle (run: KnownRun, settlement: Settlement): Promise<Outcome>
  acknowledge (run: KnownRun, runsHere: boolean): Promise<Outcome>
  look (key: string, owner: string): Promise<Sight>
  /** An attempt that waited in another process than the owner's has the reply. */
  collect (key: string, owner: string): Promise<void>
  /** Whether an attempt has had the settlement; if not, and `withdraw`, later ones get nothing. */
  collected (key: string, owner: string, withdraw: boolean): Promise<boolean>
}

export interface CommandOptions {
  client: Redis | Cluster
  prefix: string
  channel: string
  /** Whole milliseconds. */
  lease: number
}

/** Teaches the client the scripts. */
export function createCommands ({ client, prefix, channel, lease }: CommandOptions): Commands {
  function command<Answer> (name: ScriptName, read: (answer: unknown) => Answer): Script<Answer> {
    return defineScript(client, `fastifyWecomRun:${name}`, PRELUDE + SCRIPTS[name], read)
  }

  const attach = command('attach', toFound)
  const renew = command('renew', answer => answer as [string, number, number])
  const settle = command('settle', String)
  const acknowledge = command('acknowledge', answer => answer as [string, string])
  const look = command('look', answer => answer as [string, number, string])
  const collect = command('collect', Number)
  const collected = command('collected', Number)
  const runs = `${prefix}run:`
  const channelBytes = Buffer.byteLength(channel)

  return {
    begin (key, token, keepFor) {
      writeTogether(client)
      return client.set(runs + key, begunText(token, keepFor, lease), 'PX', keepFor, 'NX').then(begun => {
        // A client that is in a MULTI answers otherwise.
        if (begun !== 'OK') return undefined
        return { number: 1, owner: token, leaseLeft: lease, outcome: 'owned', acknowledged: false, begunFor: keepFor }
      }, strip)
    },

    attach (key, token, keepFor, runsHere) {
      writeTogether(client)
      return attach(runs + key, token, lease, keepFor, channel, key, runsHere ?? '')
    },

    async renew ({ key, owner, attempts, acknowledged, keepFor }) {
      const [state, since, known] = await renew(
        runs + key,
        owner,
        lease,
        keepFor(),
        attempts,
        acknowledged ? 'acknowledged' : 'running'
      )
      if (state === 'ended' || state === 'lost') return { state }
      return { state: 'open', sinceAttached: Number(since) < 0 ? undefined : Number(since), attempts: Number(known) }
    },

    settle ({ key, owner, attempts, acknowledged, begunFor, keepFor }, settlement) {
      const reply = settlement.state === 'done' ? settlement.reply : ''
      writeTogether(client)
      const begun = begunFor === undefined ? '' : begunText(owner, begunFor, lease)
      const ended = endedText(owner, begunFor ?? 0, settlement.state, reply)
      const known = acknowledged ? 'acknowledged' : 'running'
      const rest = `${keepFor()} ${attempts} ${known} ${channelBytes} ${channel}${key}`
      const settled = settle(runs + key, begun, ended, rest)
      // Only this run can have settled this run, so that its reply need not come back.
      return settled.then(state => outcomeOf(state, reply))
    },

    async acknowledge ({ key, owner, attempts, keepFor }, runsHere) {
      const [state, reply] = await acknowledge(
        runs + key,
        owner,
        lease,
        keepFor(),
        attempts,
        channel,
        key,
        runsHere ? 1 : 0
      )
      return outcomeOf(state, reply)
    },

    async look (key, owner) {
      const [state, leaseLeft, reply] = await look(runs + key, owner, lease)
      return {
        ...(state === 'gone' || state === 'running' ? { state } : outcomeOf(state, reply)),
        leaseLeft: Number(leaseLeft)
      }
    },

    async collect (key, owner) { await collect(runs + key, owner) },
    async collected (key, owner, withdraw) { return await collected(runs + key, owner, withdraw ? 1 : 0) === 1 }
  }
}

/** What an attach answers. */
function toFound (answer: unknown): Found {
  const [number, state, owner, leaseLeft, text] = answer as [number, string, string, number, string]
  return {
    number: Number(number),
    owner,
    leaseLeft: Number(leaseLeft),
    outcome: state === 'owned' || state === 'running' ? state : outcomeOf(state, text),
    acknowledged: state === 'acknowledged' || (state === 'owned' && text === 'acknowledged')
  }
}

/** @param state as a script or a message names it */
export function outcomeOf (state: string, reply: string): Outcome {
  if (state === 'done') return { state, reply }
  return state === 'acknowledged' || state === 'failed' ? { state } : { state: 'lost' }
}
