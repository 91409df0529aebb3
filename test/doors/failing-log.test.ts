import { describe, expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { contactEvent, replyOf, textMessage } from '../delivery/wecom.js'
import { gate } from '../support/gate.js'
import { newSettings, signEcho } from '../support/requests.js'
import type { LogLine } from '../support/server.js'
import { attempt, DOOR_NAMES, openForTest, type Door, type DoorOptions } from './doors.js'

const settings = newSettings()
/** What Fastify writes by itself, which is not the package's to guard. */
const OF_FASTIFY = ['incoming request', 'request completed']

describe.each(DOOR_NAMES)('%s, where every line of the package throws', name => {
  async function open (options: Partial<DoorOptions>): Promise<Door & { refused: LogLine[] }> {
    const door = await openForTest(name, { credentials: settings, ...options })
    const refused: LogLine[] = []
    door.log.push = line => {
      if (OF_FASTIFY.includes(line.msg)) return 0
      refused.push(line)
      throw new Error('the disk is full')
    }
    return { ...door, refused }
  }

  test('a message that was handled is answered with its reply, and a retry with the same', async () => {
    const door = await open({ reply: () => text('yes') })
    for (let time = 1; time <= 2; time++) {
      const answer = await attempt(door, settings, textMessage('1'))
      expect(replyOf(settings, { ms: 0, body: '', ...answer, status: answer?.status ?? 0 })).toContain('yes')
    }
    expect(door.seen).toHaveLength(1)
    expect(door.refused.map(({ outcome }) => outcome)).toEqual(['answered', 'answered'])
    expect(door.errors).toEqual([])
  })

  test('a verified URL is answered, what the inbox has is acknowledged, a stranger is refused', async () => {
    const door = await open({ inbox: { accepts: () => true, put: async () => {} } })
    expect(await door.send({ query: signEcho(settings, 'echo') })).toMatchObject({ status: 200, body: 'echo' })
    expect(await attempt(door, settings, contactEvent('a'))).toMatchObject({ status: 200, body: '' })
    expect(await door.send({ body: 'x' })).toMatchObject({ status: 400, body: 'Bad Request' })
    expect(door.errors.map(({ code }) => code)).toEqual(['WECOM_PARAMETER_INVALID'])
    expect(door.refused).toHaveLength(3)
  })

  test('a message for the handler that the app does not have is acknowledged', async () => {
    const door = await open({ inbox: { accepts: () => false, put: async () => {} } })
    expect((await attempt(door, settings, textMessage('1')))?.status).toBe(200)
  })

  test('a handler that failed is 500 and told to onError, which may throw as well', async () => {
    const told: unknown[] = []
    const door = await open({ reply: () => { throw new Error('boom') } })
    door.errors.push = error => { told.push(error.code); throw new Error('bad hook') }
    expect(await attempt(door, settings, textMessage('1'))).toMatchObject({ status: 500, body: 'Internal Server Error' })
    await expect.poll(() => told).toEqual(['WECOM_HANDLER_FAILED'])
    await expect.poll(() => door.refused.map(({ msg }) => msg)).toContain('onError failed')
  })

  test('a late failure is told to onLateError, and ends nothing', async () => {
    const late: unknown[] = []
    const end = gate()
    const door = await open({
      deadline: 60,
      reply: async () => { await end.opened; throw new Error('boom') },
      onLateError: (_error, { kind }) => { late.push(kind) }
    })
    expect(await attempt(door, settings, contactEvent('a'))).toMatchObject({ status: 200, body: '' })
    end.open()
    await expect.poll(() => late).toEqual(['event.change_contact.create_user'])
    expect((await door.send({ query: signEcho(settings, 'alive') })).body).toBe('alive')
  })

  if (name.endsWith('route') || name.endsWith('route of the app')) {
    test('a handler that answers twice has answered', async () => {
      const door = await open({ reply: (_context, encrypted) => { encrypted?.(text('one')); encrypted?.(text('two')) } })
      const answer = await attempt(door, settings, textMessage('1'))
      expect(replyOf(settings, { ms: 0, body: '', ...answer, status: answer?.status ?? 0 })).toContain('one')
    })
  }
})
