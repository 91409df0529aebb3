import { randomFillSync } from 'node:crypto'

/** What the random block in front of a message takes. */
export const RANDOM_LENGTH = 16

/** Drawn from the CSPRNG in one go, as the draw costs more than the bytes. */
const drawn = Buffer.allocUnsafeSlow(4096)
let used = drawn.length

/** Puts 16 random bytes at the beginning of `target`. No byte is given twice: what was given is wiped. */
export function putRandom (target: Uint8Array): void {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  for (let i = 0; i < RANDOM_LENGTH; i++) {
    target[i] = drawn[used] as number
    drawn[used++] = 0
  }
}
