import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPlayground, say } from './chromium.js'

test('the example app prints an address, and the page there shows its first reply', async () => {
  const { WECOM_TOKEN: _token, WECOM_ENCODING_AES_KEY: _key, WECOM_RECEIVE_ID: _id, ...inherited } = process.env
  const app = spawn('npm', ['start', '-w', 'example-app'], { cwd: fileURLToPath(new URL('../..', import.meta.url)), env: { ...inherited, PORT: '0' } })
  onTestFinished(async () => {
    app.kill('SIGTERM')
    await once(app, 'exit')
  })
  let output = ''
  for await (const chunk of app.stdout) {
    output += String(chunk)
    if (output.includes('Waiting for messages')) break
  }
  const url = /http:\S+\/playground\?key=\S+/.exec(output)?.[0]
  if (url === undefined) throw new Error(`no address in ${output}`)
  const browser = await launchChromium()
  onTestFinished(async () => { await browser.close() })
  const { page, complaints } = await openPlayground(browser, url)
  await say(page, 'hello')
  expect(await page.locator('.bubble').allInnerTexts()).toEqual(['hello', '你说：hello'])
  expect(complaints).toEqual([])
}, 60_000)
