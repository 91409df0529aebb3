import type { Cluster, Redis } from 'ioredis'
import type { Outcome, Settlement } from '../delivery/attempts.js'
import { defineScript } from './define-script.js'
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
}

/** What Redis knows of the run of an owner; `gone`: nothing. `leaseLeft` is above 0 while the handler runs. */
export type Sight = (Outcome | { state: 'running' | 'gone' }) & { leaseLeft?: number }

/** What a renewal comes to: the handler's run goes on, has ended as far as Redis knows, or is another's. */
export type Renewal =
  { state: 'open', sinceAttached: number | undefined, attempts: number } | { state: 'ended' | 'lost' }

/** The steps of a run in Redis. All reject as the client does. */
export interface Commands {
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
  function command (name: ScriptName): (key: string, ...args: Array<string | number>) => Promise<unknown> {
    const run = defineScript(client, `fastifyWecomRun:${name}`, PRELUDE + SCRIPTS[name])
    return async (key, ...args) => await run(`${prefix}run:${key}`, ...args)
  }

  const attach = command('attach')
  const renew = command('renew')
  const settle = command('settle')
  const acknowledge = command('acknowledge')
  const look = command('look')
  const collect = command('collect')
  const collected = command('collected')

  return {
    async attach (key, token, keepFor, runsHere) {
      const [number, state, owner, leaseLeft, text] = (await attach(
        key,
        token,
        lease,
        keepFor,
        channel,
        key,
        runsHere ?? ''
      )) as [number, string, string, number, string]
      const outcome = state === 'owned' || state === 'running' ? state : outcomeOf(state, text)
      return {
        number: Number(number),
        owner,
        leaseLeft: Number(leaseLeft),
        outcome,
        acknowledged: state === 'acknowledged' || (state === 'owned' && text === 'acknowledged')
      }
    },

    async renew ({ key, owner, attempts, acknowledged, keepFor }) {
      const [state, since, known] = (await renew(
        key,
        owner,
        lease,
        keepFor(),
        attempts,
        acknowledged ? 'acknowledged' : 'running'
      )) as [string, number, number]
      if (state === 'ended' || state === 'lost') return { state }
      return { state: 'open', sinceAttached: Number(since) < 0 ? undefined : Number(since), attempts: Number(known) }
    },

    async settle ({ key, owner, attempts, acknowledged, keepFor }, settlement) {
      const reply = settlement.state === 'done' ? settlement.reply : ''
      const state = (await settle(
        key,
        owner,
        keepFor(),
        attempts,
        channel,
        key,
        settlement.state,
        reply,
        acknowledged ? 'acknowledged' : 'running'
      )) as string
      // Only this run can have settled this run, so that its reply need not come back.
      return outcomeOf(state, reply)
    },

    async acknowledge ({ key, owner, attempts, keepFor }, runsHere) {
      const [state, reply] = (await acknowledge(
        key,
        owner,
        lease,
        keepFor(),
        attempts,
        channel,
        key,
        runsHere ? 1 : 0
      )) as [string, string]
      return outcomeOf(state, reply)
    },

    async look (key, owner) {
      const [state, leaseLeft, reply] = (await look(key, owner, lease)) as [string, number, string]
      return {
        ...(state === 'gone' || state === 'running' ? { state } : outcomeOf(state, reply)),
        leaseLeft: Number(leaseLeft)
      }
    },

    async collect (key, owner) { await collect(key, owner) },
    async collected (key, owner, withdraw) { return Number(await collected(key, owner, withdraw ? 1 : 0)) === 1 }
  }
}

/** @param state as a script or a message names it */
export function outcomeOf (state: string, reply: string): Outcome {
  if (state === 'done') return { state, reply }
  return state === 'acknowledged' || state === 'failed' ? { state } : { state: 'lost' }
}
