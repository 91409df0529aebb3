import { onTestFinished } from 'vitest'
import { createWecomApi, type WecomApi, type WecomApiOptions } from '../../src/api/index.js'
import { fakeApi, type FakeApi, type FakeApiOptions } from '../../src/testing/index.js'

/** A fake API that is closed when the test ends. */
export async function openFake (options: FakeApiOptions = {}): Promise<FakeApi> {
  const fake = await fakeApi(options)
  onTestFinished(fake.close)
  return fake
}

/** The same, and the API as an app calls it. */
export async function openApi (options: Partial<WecomApiOptions> = {}, faked: FakeApiOptions = {}): Promise<{ fake: FakeApi, api: WecomApi }> {
  const fake = await openFake(faked)
  return { fake, api: createWecomApi({ ...fake.settings, ...options }) }
}
