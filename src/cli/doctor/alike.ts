import { fingerprintFor } from './compare.js'
import { strangeSignature, type GetOutcome, type Prober } from './probe.js'

/** To what else a server gives the answer that it gives to a genuine URL verification. */
export interface Alike {
  /** To a forged one. */
  forged: boolean
  /** To a request without any parameter: nothing shows that it looks at them. */
  bare: boolean
  /** At a path that nothing can be at: it isn't even the route that answers. */
  elsewhere: boolean
}

export async function findAlike (prober: Prober, valid: GetOutcome): Promise<Alike> {
  const [forged, forgedToo, bare, elsewhere] = await Promise.all([
    prober.get({ signature: strangeSignature() }),
    prober.get({ signature: strangeSignature() }),
    prober.get({ bare: true }),
    prober.get({ elsewhere: true })
  ])
  const print = fingerprintFor([forged, forgedToo])
  const same = (other: GetOutcome) => print(other) === print(valid)
  return { forged: same(forged), bare: same(bare), elsewhere: same(elsewhere) }
}
