import { fingerprintFor } from './compare.js'
import type { Outcome } from './outcome.js'
import { strangeId, strangeSignature, type Deviation } from './probe.js'

/** Which of its checks a server refuses a genuine request at, as far as its answers tell. */
export type Stage =
  /** It answers everything alike. */
  | 'unknown'
  | 'signature'
  | 'key'
  /** The key or the receiveId: both are answered alike. */
  | 'key-or-id'
  | 'id'
  /** None of these: it fails later. */
  | 'beyond'

/** Noise must show: some libraries notice a wrong key by chance only. */
const TIMES = 4

/** Compares the answer to a genuine request with those to requests that are wrong in one point each. */
export async function findStage (ask: (deviation: Deviation) => Promise<Outcome>): Promise<Stage> {
  const times = async (deviation: () => Deviation) =>
    await Promise.all(Array.from({ length: TIMES }, async () => await ask(deviation())))
  const [valid, forged, strangeKey, foreign] = [
    await times(() => ({})),
    await times(() => ({ signature: strangeSignature() })),
    await times(() => ({ strangeKey: true })),
    await times(() => ({ receiveId: strangeId() }))
  ]
  const print = fingerprintFor(forged)
  const prints = (outcomes: Outcome[]) => [...new Set(outcomes.map(print))]
  const [answer] = prints(valid)
  const only = (outcomes: Outcome[]) => prints(outcomes).every(other => other === answer)
  // Decrypted with a wrong key, text is noise, and with a careless library so are the errors; nothing else is.
  const noisy = (outcomes: Outcome[]) => prints(outcomes).length > 1
  if (noisy(valid)) return noisy(forged) ? 'unknown' : 'key'
  if (only(forged)) return only(strangeKey) && only(foreign) ? 'unknown' : 'signature'
  if (noisy(strangeKey)) return only(foreign) ? 'id' : 'beyond'
  if (only(strangeKey)) return 'key-or-id'
  return only(foreign) ? 'id' : 'beyond'
}
