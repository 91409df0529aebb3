import type { ClientOptions, Target } from '../client-options.js'
import { clientEngine, type ClientEngine } from '../engine.js'

/** Gives the server for each further request: each target in turn, the client's own where there are none. */
export function rotate (
  { app, path, url, ...settings }: ClientOptions,
  own: ClientEngine,
  targets: readonly Target[]
): () => ClientEngine {
  const engines = new Map<Target, ClientEngine>()
  let turn = 0
  return () => {
    const target = targets[turn++ % targets.length]
    if (target === undefined) return own
    const engine = engines.get(target) ?? clientEngine({ ...settings, ...target })
    engines.set(target, engine)
    return engine
  }
}
