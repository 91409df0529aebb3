import type { Environment } from '../settings.js'
import type { Prober } from './probe.js'
import type { Scene } from './scenes.js'

/** What the checks need to know. */
export interface Plan {
  url: URL
  prober: Prober
  scene: Scene
  env: Environment
  /** Whether POST is taboo. */
  getOnly: boolean
  /** Milliseconds for a request that only asks whether anything is answered at all. */
  briefly: number
  /** receiveIds that the user suggests. */
  tryIds: readonly string[]
  /** Tells on standard error what is being asked. */
  progress (what: string): void
}
