import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { FOREIGN, startForeign } from './foreign-servers.js'
import { runCli, settingsEnv } from './run.js'

interface Cause { code: string, what: string, fix: string }
interface Report { ok: boolean, faults: Array<Cause & { alternatives?: Cause[] }> }

/** For `npm run matrix`. */
const verdicts = new Map<string, string>()
afterAll(() => {
  if (process.env.MATRIX === undefined) return
  const rows = FOREIGN.map(({ name }) => `| ${name} | ${verdicts.get(name) ?? '—'} |`)
  process.stdout.write(['', '| server | first verdict |', '|---|---|', ...rows, ''].join('\n'))
})

describe('the first verdict about a server that others wrote', () => {
  test.concurrent.for(FOREIGN)('$code: $name', async (foreign, { onTestFinished }) => {
    const { code, says = /./, alternatives = [], also = [], args = [] } = foreign
    const server = startForeign(foreign)
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { out, err } = await runCli(['doctor', `http://127.0.0.1:${(server.address() as AddressInfo).port}/wecom/callback`, '--json', ...args], { env: settingsEnv })
    const { faults } = JSON.parse(out) as Report
    const [first] = faults
    verdicts.set(foreign.name, first === undefined ? '`ok`' : `\`${first.code}\`: ${first.what}`)
    expect(first?.code ?? 'ok', out + err).toBe(code)
    if (first === undefined) return
    expect(first.what).toMatch(says)
    expect(first.alternatives?.map(({ code }) => code) ?? []).toEqual(expect.arrayContaining(alternatives))
    expect(faults.map(({ code }) => code)).toEqual(expect.arrayContaining(also))
    for (const { what, fix } of faults.flatMap(fault => [fault, ...fault.alternatives ?? []])) expect({ what, fix }).toEqual({ what: expect.stringMatching(/\.\)?$/), fix: expect.stringMatching(/\.\)?$/) })
  })

  test('at least thirty are tried', () => {
    expect(FOREIGN.length).toBeGreaterThanOrEqual(30)
  })
})
