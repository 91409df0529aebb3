import type { NewStream, StreamStore, StreamWritten } from '../streams/store.js'

/**
 * A store as the producer of one stream sees it whose process is killed: from then on nothing it says arrives, and once
 * its lease is over the stream ends as `lost`. Here it lives on.
 *
 * @param lease milliseconds from its death until the stream counts as lost
 */
export function mortalStore (store: StreamStore, killed: AbortSignal, lease: number): StreamStore {
  let bytes = 0
  let lost = ''
  let key = ''
  let stream: NewStream | undefined

  function die (): void {
    if (stream === undefined) return
    const { token } = stream
    // Told that another has the stream, a producer stops at once, and sends no rest.
    stream.ended({ state: 'running', token: '', text: '', first: '', final: '' })
    setTimeout(() => {
      const end = async () => await store.end(key, { token, offset: bytes, text: lost, cause: 'lost', final: '' })
      // The stream ends by its age then, as any that is left.
      end().catch(() => {})
    }, lease).unref()
  }

  function count (written: StreamWritten): StreamWritten {
    if (written.state === 'running') bytes = written.bytes
    return written
  }

  const gone = new Promise<never>(() => {})
  return {
    async begin (streamKey, begun) {
      key = streamKey
      stream = begun
      lost = begun.suffixes.lost
      bytes = Buffer.byteLength(begun.text)
      const view = await store.begin(streamKey, begun)
      if (killed.aborted) die()
      else killed.addEventListener('abort', die, { once: true })
      return view
    },
    async write (streamKey, piece) {
      if (killed.aborted) return await gone
      if (piece.suffixes !== undefined) lost = piece.suffixes.lost
      return count(await store.write(streamKey, piece))
    },
    async end (streamKey, end) {
      if (killed.aborted) return await gone
      killed.removeEventListener('abort', die)
      return await store.end(streamKey, end)
    },
    poll: (streamKey, missing) => store.poll(streamKey, missing),
    stop: (conversation, except) => store.stop(conversation, except),
    claim: name => store.claim(name)
  }
}
