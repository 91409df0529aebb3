import { CHROMIUM, mayInstall, REDIS, whatToInstall } from './programs.js'

/** Says at the start, and again below the report, what tests will fail for: nobody waits for the end to learn it. */
export default function tellWhatIsMissing (): (() => void) | undefined {
  // Each project of the tests asks; one line is enough.
  if (told in process) return undefined
  Object.assign(process, { [told]: true })
  const missing = [REDIS, CHROMIUM].filter(program => program.find() === undefined)
  if (missing.length === 0 || mayInstall()) return undefined
  const tell = () => { console.error(`\n${whatToInstall(missing)}\n`) }
  tell()
  return tell
}

const told = Symbol.for('fastify-wecom.told-what-is-missing')
