import type { Environment } from '../settings.js'
import type { Prober } from './probe.js'
import type { Scene } from './scenes.js'

/** What the checks need to know. */
export interface Plan {
  url: URL
  prober: Prober
  scene: Scene
  env: Environment
  /** receiveIds that the user suggests. */
  tryIds: readonly string[]
  /** Tells on standard error what is being asked. */
  progress (what: string): void
}
