import { stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withTimeout } from '../../src/support/with-timeout.js'
import { standStill } from './stand-still.js'

test('an answer that came while the process stood still counts, though its time was over by then', async () => {
  const answer = withTimeout(async () => await stat(import.meta.filename), 50)
  standStill(200)
  expect((await answer).isFile()).toBe(true)
})

test('what has not come in time is an error that says the time, and so is what fails by itself', async () => {
  await expect(withTimeout(async () => await new Promise(() => {}), 20)).rejects.toThrow('no answer within 20 ms')
  await expect(withTimeout(async () => await Promise.reject(new Error('down')), 20)).rejects.toThrow('down')
  await expect(withTimeout(() => { throw new Error('at once') }, 20)).rejects.toThrow('at once')
})
