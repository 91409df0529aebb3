import { drive } from './driver.js'
import { texting } from './contenders.js'
import type { Format } from './messages.js'
import type { Options } from './options.js'
import { ServerHandle } from './server-handle.js'

/** Warms a server up, and has it watched while it is driven. */
export async function watched<T> (
  server: string, format: Format, { size, start, amounts }: Options, watch: (handle: ServerHandle, run: () => Promise<unknown>) => Promise<T>
): Promise<T> {
  const { batch, check } = texting(server, format, size, start)
  const handle = await ServerHandle.start(server, format, start)
  try {
    check((await drive(handle.port, batch(amounts.warmUp))).body)
    const prepared = batch(amounts.requests)
    return await watch(handle, async () => check((await drive(handle.port, prepared)).body))
  } finally {
    await handle.stop()
  }
}
