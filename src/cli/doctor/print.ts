import { harmless, type Terminal } from '../terminal.js'
import { UNSEEN, type Findings } from './faults.js'

/** For people. */
export function printFindings (
  { print, colour }: Terminal,
  url: URL,
  { faults, notes }: Findings,
  getOnly: boolean
): void {
  if (faults.length === 0) {
    print(
      `${colour.green('✓')} ${url.href} ` +
        `${getOnly ? 'is verified as WeCom expects; no message was sent (--get-only).' : 'behaves as WeCom expects.'}`
    )
  }
  for (const { code, what, fix, alternatives = [] } of faults) {
    print(`${colour.red('✗')} ${colour.bold(code)}  ${harmless(what)}`)
    print(`  ${colour.cyan('→')} ${harmless(fix)}`)
    for (const { code, what, fix } of alternatives) {
      print(`  or ${colour.bold(code)}: ${harmless(what)}`)
      print(`    ${colour.cyan('→')} ${harmless(fix)}`)
    }
  }
  for (const note of notes) print(`${colour.yellow('i')} ${harmless(note)}`)
  if (faults.length > 0) return
  print('\nIf WeCom still refuses the URL, check what cannot be seen from here:')
  for (const item of UNSEEN) print(`  - ${item}`)
}
