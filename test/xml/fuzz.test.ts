import { expect, test } from 'vitest'
import { READERS, takenAlike } from './equal.js'
import { mutations } from './mutations.js'

/** `npm run fuzz` has ten times as many; another SEED has others. */
const COUNT = Number(process.env.FUZZ ?? 100_000)

test(`of ${COUNT} mutated documents the strict reader takes none that the reader of all XML refuses or reads otherwise`, () => {
  const taken = [0, 0]
  for (const text of mutations(COUNT, Number(process.env.SEED ?? 1))) {
    for (const [index, reader] of READERS.entries()) {
      if (takenAlike(text, reader)) taken[index] = taken[index] as number + 1
    }
  }
  if (process.env.FUZZ !== undefined) console.log(`taken: ${READERS.map(({ what }, index) => `${taken[index]} as ${what}`).join(', ')}`)
  // Else there was nothing to compare.
  for (const count of taken) expect(count).toBeGreaterThan(COUNT / 100)
}, 3_600_000)
