import { RETRY_WINDOW } from './wecom-times.js'

/** What a clock may be set back by while a run is remembered, and the edge of the tolerance itself. Milliseconds. */
const CLOCK_JUMP = 61_000

/**
 * Until when a handled message is remembered, milliseconds since 1970: as long as a captured request would pass the
 * timestamp check, though the clock be set back by a minute, and never less than WeCom may take for its retries.
 */
export function keepUntil (timestamp: string, tolerance: number): number {
  const replayable = tolerance === Infinity ? 0 : Number(timestamp) * 1000 + tolerance + CLOCK_JUMP
  return Math.max(Date.now() + RETRY_WINDOW, replayable)
}
