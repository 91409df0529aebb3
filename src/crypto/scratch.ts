/** Enough for nearly every message; whatever is larger gets memory of its own, which goes as it came. */
export const SCRATCH_LENGTH = 64 * 1024

/** Not of Node's pool of small buffers, which others use as well. */
const kept = Buffer.allocUnsafeSlow(SCRATCH_LENGTH)

/**
 * Memory to work in until the next call: everything here is synchronous, so one is enough. It holds what was written
 * there before, so nothing may be read of it that was not written first.
 */
export function scratch (length: number): Buffer {
  return length <= SCRATCH_LENGTH ? kept : Buffer.allocUnsafeSlow(length)
}
