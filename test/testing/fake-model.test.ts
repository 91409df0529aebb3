import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fakeModel, type FakeModelOptions } from '../../src/testing/index.js'

interface Chunk { id: string, object: string, model: string, error?: { type: string }, choices: Array<{ delta: { role?: string, content?: string, reasoning_content?: string }, finish_reason: string | null }>, usage?: { total_tokens: number } }

async function start (options?: FakeModelOptions) {
  const model = await fakeModel(options)
  onTestFinished(async () => { await model.close() })
  const ask = async (body: object | string, init: RequestInit = {}) => await fetch(`${model.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer none' }, body: typeof body === 'string' ? body : JSON.stringify(body), ...init })
  return { model, ask }
}

const say = (content: unknown, rest: object = {}) => ({ model: 'm1', messages: [{ role: 'user', content }], ...rest })

/** Reads a stream by its bytes, as they come: each read, whether one ended within a character, and all events. */
async function read (response: Response) {
  const reads: Buffer[] = []
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) reads.push(Buffer.from(bytes))
  const text = Buffer.concat(reads).toString()
  const events = text.split('\n\n').filter(event => event.startsWith('data: ')).map(event => event.slice(6))
  const chunks = events.filter(event => event !== '[DONE]').map(event => JSON.parse(event) as Chunk)
  const join = (field: 'content' | 'reasoning_content') => chunks.map(({ choices }) => choices?.[0]?.delta[field] ?? '').join('')
  return { reads, text, events, chunks, content: join('content'), reasoning: join('reasoning_content'), broken: reads.filter(bytes => bytes.toString().endsWith('\ufffd')).length }
}

describe('a streamed answer', () => {
  test('is server-sent events as OpenAI has them, in writes that end anywhere, within characters too', async () => {
    const { ask, model } = await start({ answer: { text: '一二三四五六七八九十👍', reasoning: '我想想' } })
    const response = await ask(say('你好', { stream: true }))
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const { chunks, content, reasoning, broken, reads, events } = await read(response)
    expect({ content, reasoning }).toEqual({ content: '一二三四五六七八九十👍', reasoning: '我想想' })
    expect(events.at(-1)).toBe('[DONE]')
    expect(chunks[0]).toMatchObject({ id: 'chatcmpl-fake-1', object: 'chat.completion.chunk', model: 'm1', choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] })
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect(broken).toBeGreaterThan(0)
    expect(reads.every(bytes => bytes.toString().endsWith('\n\n'))).toBe(false)
    expect(model.requests).toMatchObject([{ number: 1, model: 'm1', stream: true, state: 'answered', messages: [{ role: 'user', content: '你好' }] }])
  })

  test('is the same each time, and tells usage in a chunk without choices where that was asked for', async () => {
    const { ask } = await start()
    const [one, two] = [await read(await ask(say('在吗', { stream: true }))), await read(await ask(say('在吗', { stream: true, stream_options: { include_usage: true } })))]
    expect(one.content).toBe(two.content)
    expect(one.content).toContain('> 在吗')
    expect(two.chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2 } })
    expect(one.chunks.some(({ usage }) => usage !== undefined)).toBe(false)
  })

  test('comes in exactly the pieces that are given, and takes its time', async () => {
    const { ask } = await start({ answer: { text: ['<thi', 'nk>', ''] }, delay: 20 })
    const started = performance.now()
    const { chunks } = await read(await ask(say('x', { stream: true })))
    expect(chunks.slice(1, -1).map(({ choices }) => choices[0]?.delta.content)).toEqual(['<thi', 'nk>', ''])
    expect(performance.now() - started).toBeGreaterThan(100)
  })

  test('is known to be gone where whoever asked hangs up', async () => {
    const { ask, model } = await start({ delay: 10 })
    const aborter = new AbortController()
    const response = await ask(say('x', { stream: true }), { signal: aborter.signal })
    await response.body?.getReader().read()
    aborter.abort()
    while (model.requests[0]?.state === 'answering') await wait(5)
    expect(model.requests[0]?.state).toBe('gone')
  })
})

test('an answer in one piece is a chat.completion', async () => {
  const { ask } = await start({ answer: ({ messages, number }) => ({ text: `${messages.length}/${number}`, reasoning: '嗯' }) })
  expect(await (await ask(say('x'))).json()).toMatchObject({
    object: 'chat.completion', model: 'm1', choices: [{ message: { role: 'assistant', content: '1/1', reasoning_content: '嗯' }, finish_reason: 'stop' }], usage: { total_tokens: 5 }
  })
})

test('the default answer depends on the messages alone: it quotes the last, and counts the turns', async () => {
  const { ask } = await start()
  const answer = async (messages: object[]) => ((await (await ask({ messages })).json()) as { choices: Array<{ message: { content: string } }> }).choices[0]?.message.content
  const talk = [{ role: 'system', content: '简短' }, { role: 'user', content: '一' }, { role: 'assistant', content: '好' }, { role: 'user', content: [{ type: 'text', text: '这是\n什么' }, { type: 'image_url', image_url: { url: 'data:,' } }] }]
  expect(await answer(talk)).toContain('> 这是\n> 什么\n')
  expect(await answer(talk)).toContain('第 **2** 轮')
  expect(await answer(talk)).toBe(await answer(talk))
  expect(await answer([])).toContain('（空）')
})

describe('faults on purpose', () => {
  test.each([429, 500, 503, 401])('a status: %d, and the next request is answered', async status => {
    const { ask, model } = await start({ answer: 'ok', fault: ({ number }) => number === 1 ? status : undefined })
    const refused = await ask(say('x', { stream: true }))
    expect(refused.status).toBe(status)
    expect(await refused.json()).toMatchObject({ error: { type: expect.stringMatching(/_error$/) as string } })
    expect((await read(await ask(say('x', { stream: true })))).content).toBe('ok')
    expect(model.requests.map(({ state }) => state)).toEqual(['faulted', 'answered'])
  })

  test.each([true, false])('hang: no answer, until the client or the model gives up (stream: %s)', async stream => {
    const { ask, model } = await start({ fault: 'hang' })
    const hangUp = new AbortController()
    const given = expect(ask(say('x', { stream }), { signal: hangUp.signal })).rejects.toThrow()
    while (model.requests.length < 1) await wait(5)
    hangUp.abort()
    await given
    const hanging = ask(say('x', { stream })).catch(() => 'closed')
    while (model.requests.length < 2) await wait(5)
    await model.close()
    expect(await hanging).toBe('closed')
  })

  test.each([true, false])('stall and cut: half of it, then silence or the end of the connection (stream: %s)', async stream => {
    for (const fault of ['stall', 'cut'] as const) {
      const { ask } = await start({ answer: '一二三四五六七八', fault })
      const hangUp = new AbortController()
      const response = await ask(say('x', { stream }), { signal: hangUp.signal })
      let got = ''
      const reading = (async () => { for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) got += Buffer.from(bytes).toString() })()
      const broken = expect(reading).rejects.toMatchObject({ name: fault === 'stall' ? 'AbortError' : 'TypeError' })
      await expect.poll(() => got).toContain('"object":"chat.completion')
      if (fault === 'stall') {
        // Nothing more comes.
        await wait(300)
        hangUp.abort()
      }
      await broken
      expect(got).not.toContain('[DONE]')
    }
  })

  test('error: an event with an error in the middle', async () => {
    const { ask } = await start({ answer: '一二三四五六七八', fault: 'error' })
    const { chunks, content, text } = await read(await ask(say('x', { stream: true })))
    expect(chunks.at(-1)?.error?.type).toBe('server_error')
    expect('一二三四五六七八'.startsWith(content) && content !== '').toBe(true)
    expect(text).not.toContain('[DONE]')
  })

  test('an answer of the test that throws is status 500', async () => {
    const { ask } = await start({ answer: () => { throw new Error('mine') } })
    const response = await ask(say('x', { stream: true }))
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('mine')])
  })
})

test('what is no request is told so in OpenAI\'s form', async () => {
  const { ask, model } = await start()
  for (const body of ['{', '[]', '{}', '{"messages":"x"}', '{"messages":[1]}']) {
    const response = await ask(body)
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ type: 'invalid_request_error' }) as object }])
  }
  expect((await fetch(`${model.url}/embeddings`, { method: 'POST', body: '{}' })).status).toBe(404)
  expect(await (await fetch(`${model.url}/models`)).json()).toMatchObject({ data: [{ id: 'fake' }] })
  expect(model.requests).toEqual([])
})

test('options that are none are refused, and closing twice is no fault', async () => {
  for (const options of [{ anser: 'x' }, { port: -1 }, { delay: -5 }, { fault: 200 }, { fault: 'explode' }, { answer: 5 }]) {
    await expect(fakeModel(options as never)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
  }
  const { model } = await start()
  await model.close()
  await model.close()
})
