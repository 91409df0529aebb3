import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewStream, StreamStore, StreamView, StreamWritten } from '../../src/streams/store.js'

/** Two doors to the same streams: two processes, or twice the same store where it serves but one. */
export interface StreamStorePair {
  one: StreamStore
  other: StreamStore
  /** How long a stream that nobody knows is not told to be lost, milliseconds. */
  patience: number
  /** Lets so many milliseconds go by. */
  pass (milliseconds: number): Promise<void>
  close (): Promise<void>
}

export const suffixes = { late: '|late', lost: '|lost', stopped: '|stopped' }
export const newKey = (): string => (randomUUID() + randomUUID()).replaceAll('-', '').slice(0, 43)

/** A stream as its producer begins it, and what `ended` was called with. */
export function newStream (changes: Partial<NewStream> = {}): NewStream & { readonly calls: StreamView[] } {
  const calls: StreamView[] = []
  return { token: randomUUID(), life: 60_000, conversation: newKey(), first: '', text: '', suffixes, ended (view) { calls.push(view) }, ...changes, calls }
}

export const running = (token: string, text: string, first = ''): StreamView => ({ state: 'running', token, text, cause: undefined, first, final: '' })
export const ended = (token: string, text: string, cause: StreamView['cause'], more: Partial<StreamView> = {}): StreamView => ({ state: 'ended', token, text, cause, first: '', final: '', ...more })

/** What every StreamStore does. Registers tests; call it at the top of a test file. */
export function testStreamStore (name: string, open: () => Promise<StreamStorePair>): void {
  describe(name, () => {
    let pair: StreamStorePair
    beforeAll(async () => { pair = await open() })
    afterAll(async () => { await pair.close() })

    async function begun (changes: Partial<NewStream> = {}): Promise<{ key: string, token: string, stream: ReturnType<typeof newStream>, polls: () => Promise<Array<StreamView | undefined>>, write: (offset: number, text: string) => Promise<StreamWritten> }> {
      const [key, stream] = [newKey(), newStream(changes)]
      const { token } = stream
      expect(await pair.one.begin(key, stream)).toEqual(running(token, stream.text, stream.first))
      return {
        key,
        token,
        stream,
        polls: async () => [await pair.one.poll(key, 'missing'), await pair.other.poll(key, 'missing')],
        write: async (offset, text) => await pair.one.write(key, { token, offset, text })
      }
    }

    test('what is begun is told to whoever begins it again: its producer, or another that joins', async () => {
      const { key, token, stream, write } = await begun({ first: '{"feedback":1}' })
      await write(0, 'text')
      const view = running(token, 'text', '{"feedback":1}')
      expect(await pair.one.begin(key, stream)).toEqual(view)
      expect(await pair.one.begin(key, newStream())).toEqual(view)
      expect(await pair.other.begin(key, newStream())).toEqual(view)
    })

    test('of two that begin at once one produces', async () => {
      for (let round = 0; round < 10; round++) {
        const [key, streams] = [newKey(), [newStream(), newStream()] as const]
        const views = await Promise.all([pair.one.begin(key, streams[0]), pair.other.begin(key, streams[1])])
        expect(views[0].token).toBe(views[1].token)
        expect(streams.map(({ token }) => token)).toContain(views[0].token)
      }
    })

    test('pieces are shown by both, in order, by offsets in bytes of UTF-8', async () => {
      const { write, token, polls } = await begun()
      expect(await write(0, '你好')).toEqual({ state: 'running', bytes: 6 })
      expect(await polls()).toEqual([running(token, '你好'), running(token, '你好')])
      expect(await write(6, ' 😀\0"\r\n')).toEqual({ state: 'running', bytes: 15 })
      expect(await polls()).toEqual([running(token, '你好 😀\0"\r\n'), running(token, '你好 😀\0"\r\n')])
    })

    test('a piece that is sent again, longer or shorter, is appended once', async () => {
      const { write, token, polls } = await begun()
      await write(0, '一二')
      expect(await write(0, '一二')).toEqual({ state: 'running', bytes: 6 })
      expect(await write(3, '二三')).toEqual({ state: 'running', bytes: 9 })
      expect(await write(0, '一')).toEqual({ state: 'running', bytes: 9 })
      expect(await write(9, '')).toEqual({ state: 'running', bytes: 9 })
      expect(await polls()).toEqual([running(token, '一二三'), running(token, '一二三')])
    })

    test('a piece after one that is missing is a gap, and changes nothing', async () => {
      const { key, token, write, polls } = await begun()
      await write(0, 'abc')
      expect(await write(5, 'fg')).toEqual({ state: 'gap', bytes: 3 })
      expect(await pair.one.end(key, { token, offset: 5, text: 'fg', cause: 'done', final: '' })).toEqual({ state: 'gap', bytes: 3 })
      expect(await polls()).toEqual([running(token, 'abc'), running(token, 'abc')])
    })

    test('who is not the producer cannot write or end', async () => {
      const { key, token, polls } = await begun()
      expect(await pair.other.write(key, { token: 'x', offset: 0, text: 'a' })).toEqual({ state: 'taken' })
      expect(await pair.one.end(key, { token: 'x', offset: 0, text: 'a', cause: 'done', final: '' })).toEqual({ state: 'taken' })
      expect(await polls()).toEqual([running(token, ''), running(token, '')])
    })

    test('an end holds: for polls, for a second end, for pieces, for who begins again and for a stop', async () => {
      const { key, token, stream, write, polls } = await begun({ first: 'f' })
      await write(0, 'abc')
      const end = { token, offset: 3, text: 'd', cause: 'done', final: '[1]' } as const
      const view = ended(token, 'abcd', 'done', { first: 'f', final: '[1]' })
      expect(await pair.one.end(key, end)).toEqual({ state: 'ended', view })
      expect(await polls()).toEqual([view, view])
      expect(await pair.one.end(key, { ...end, offset: 4, text: 'e', cause: 'failed', final: '' })).toEqual({ state: 'ended', view })
      expect(await write(4, 'e')).toEqual({ state: 'ended', view })
      expect(await pair.other.begin(key, newStream())).toEqual(view)
      expect(await pair.one.stop(stream.conversation, '')).toBe(0)
      expect(await polls()).toEqual([view, view])
      expect(stream.calls).toEqual([])
    })

    test('an end without a word before it', async () => {
      const { key, token, polls } = await begun()
      const view = ended(token, '', 'empty')
      expect(await pair.one.end(key, { token, offset: 0, text: '', cause: 'empty', final: '' })).toEqual({ state: 'ended', view })
      expect(await polls()).toEqual([view, view])
    })

    test('ten megabytes of images come with the end, the same each time', async () => {
      const { key, token, polls } = await begun()
      const final = JSON.stringify([Buffer.alloc(10 * 2 ** 20, 'image').toString('base64')])
      await pair.one.end(key, { token, offset: 0, text: 't', cause: 'done', final })
      for (const view of [...await polls(), ...await polls()]) {
        expect(view?.final === final).toBe(true)
        expect(view).toMatchObject({ state: 'ended', text: 't', cause: 'done' })
      }
    })

    test('whoever is polled ends what is older than its life, with its suffix, and tells the producer once', async () => {
      for (const which of ['one', 'other'] as const) {
        const { key, token, stream, write, polls } = await begun({ life: 600 })
        await write(0, 'abc')
        await pair.pass(650)
        const view = ended(token, 'abc|late', 'late')
        expect(await pair[which].poll(key, 'missing')).toEqual(view)
        expect(await polls()).toEqual([view, view])
        await expect.poll(() => stream.calls, { timeout: 3_000 }).toEqual([view])
        expect(await write(3, 'd')).toEqual({ state: 'ended', view })
        expect(stream.calls).toHaveLength(1)
      }
    })

    test('the suffixes are those that came last', async () => {
      const { key, token, stream } = await begun()
      await pair.one.write(key, { token, offset: 0, text: '```', suffixes: { ...suffixes, stopped: '```|stopped' } })
      expect(await pair.one.stop(stream.conversation, '')).toBe(1)
      expect(await pair.one.poll(key, 'missing')).toEqual(ended(token, '``````|stopped', 'stopped'))
    })

    test('stop ends the streams of a conversation but one, in every process, and counts them', async () => {
      const conversation = newKey()
      const [first, except, own, foreign] = [await begun({ conversation }), await begun({ conversation }), newStream({ conversation }), await begun()]
      const elsewhere = newKey()
      await pair.other.begin(elsewhere, own)
      await first.write(0, 'abc')
      expect(await pair.one.stop(conversation, except.key)).toBe(2)
      expect(await pair.one.stop(conversation, except.key)).toBe(0)
      const views = [ended(first.token, 'abc|stopped', 'stopped'), ended(own.token, '|stopped', 'stopped')]
      expect(await pair.one.poll(first.key, 'missing')).toEqual(views[0])
      // Its own process is told within half a lease.
      await expect.poll(async () => await pair.one.poll(elsewhere, 'missing'), { timeout: 3_000 }).toEqual(views[1])
      await expect.poll(() => [first.stream.calls, own.calls], { timeout: 3_000 }).toEqual([[views[0]], [views[1]]])
      expect(await pair.other.poll(elsewhere, 'missing')).toEqual(views[1])
      expect(await except.polls()).toEqual([running(except.token, ''), running(except.token, '')])
      expect(await foreign.polls()).toEqual([running(foreign.token, ''), running(foreign.token, '')])
      expect(await pair.other.stop(conversation, '')).toBe(1)
      expect(await pair.one.stop(newKey(), '')).toBe(0)
    })

    test('an error that the producer throws when it is told harms nobody', async () => {
      const { key } = await begun({ life: 0, ended () { throw new Error('no') } })
      await pair.pass(5)
      expect(await pair.one.poll(key, 'missing')).toMatchObject({ cause: 'late' })
    })

    test('keys do not touch each other', async () => {
      const [one, two] = [await begun(), await begun()]
      await one.write(0, 'one')
      await two.write(0, 'two')
      expect(await two.polls()).toEqual([running(two.token, 'two'), running(two.token, 'two')])
      expect(await pair.one.write(one.key, { token: two.token, offset: 3, text: 'x' })).toEqual({ state: 'taken' })
    })

    test('a stream that nobody knows is not told until no producer can bring it back, and lost from then on', async () => {
      const key = newKey()
      expect(await pair.one.poll(key, 'gone')).toBeUndefined()
      expect(await pair.other.poll(key, 'gone')).toBeUndefined()
      expect(await pair.one.write(key, { token: 't', offset: 0, text: 'a' })).toEqual({ state: 'missing' })
      expect(await pair.one.end(key, { token: 't', offset: 0, text: 'a', cause: 'done', final: '' })).toEqual({ state: 'missing' })
      await pair.pass(pair.patience + 20)
      const view = ended('', 'gone', 'lost')
      expect([await pair.one.poll(key, 'gone'), await pair.other.poll(key, 'another text')]).toEqual([view, view])
      expect(await pair.one.begin(key, newStream({ text: 'back' }))).toEqual(view)
      expect(await pair.one.write(key, { token: 't', offset: 0, text: 'a' })).toEqual({ state: 'ended', view })
      expect(await pair.one.end(key, { token: 't', offset: 0, text: 'a', cause: 'done', final: '' })).toEqual({ state: 'ended', view })
    })

    test('a stream that is brought back in time goes on where it was', async () => {
      const [key, stream] = [newKey(), newStream({ text: '你好', first: 'f' })]
      const { token } = stream
      expect(await pair.other.poll(key, 'gone')).toBeUndefined()
      expect(await pair.one.begin(key, stream)).toEqual(running(token, '你好', 'f'))
      expect(await pair.one.write(key, { token, offset: 6, text: '!' })).toEqual({ state: 'running', bytes: 7 })
      expect([await pair.one.poll(key, 'gone'), await pair.other.poll(key, 'gone')]).toEqual([running(token, '你好!', 'f'), running(token, '你好!', 'f')])
      await pair.pass(pair.patience + 20)
      expect(await pair.other.poll(key, 'gone')).toEqual(running(token, '你好!', 'f'))
    })

    test('a name is claimed once, whoever claims it', async () => {
      const [name, another] = [`https://qyapi.weixin.qq.com/${newKey()}`, newKey()]
      expect([await pair.one.claim(name), await pair.other.claim(name), await pair.one.claim(name)]).toEqual([true, false, false])
      expect(await pair.other.claim(another)).toBe(true)
      const at = newKey()
      expect((await Promise.all([pair.one.claim(at), pair.other.claim(at), pair.one.claim(at)])).filter(Boolean)).toHaveLength(1)
    })
  })
}
