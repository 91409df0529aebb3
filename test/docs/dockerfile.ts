import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** What a container would be started with, and where its files lie. */
export interface Image {
  directory: string
  env: Record<string, string>
  command: string[]
  healthcheck: string[]
}

/** Runs a shell command in a directory. */
export type RunCommand = (command: string, directory: string) => Promise<void>

/**
 * Follows the instructions of a Dockerfile without an engine: each stage is a directory, and its commands run on this
 * machine, by whatever means `run` has. So what is proved is that every COPY finds its source, that the commands work
 * in this order, and that the files left in the last stage are enough for CMD and HEALTHCHECK; nothing about base
 * images, users and networks.
 */
export async function followDockerfile (dockerfile: string, context: string, stages: string, run: RunCommand): Promise<Image> {
  const named = new Map<string, string>()
  const image: Image = { directory: '', env: {}, command: [], healthcheck: [] }
  for (const line of dockerfile.split('\n').filter(line => line.trim() !== '')) {
    const [instruction = '', ...words] = line.split(' ')
    const rest = words.join(' ')
    if (instruction === 'FROM') {
      Object.assign(image, { directory: join(stages, String(named.size)), env: {} })
      mkdirSync(image.directory, { recursive: true })
      named.set(words[2] ?? 'last', image.directory)
    } else if (instruction === 'ENV') {
      Object.assign(image.env, Object.fromEntries(words.map(word => word.split('='))))
    } else if (instruction === 'COPY') {
      copy(words, context, named, image.directory)
    } else if (instruction === 'RUN') {
      await run(rest, image.directory)
    } else if (instruction === 'HEALTHCHECK') {
      image.healthcheck = list(rest.slice(rest.indexOf('CMD ') + 4))
    } else if (instruction === 'CMD') {
      image.command = list(rest)
    } else if (!['WORKDIR', 'USER', 'EXPOSE'].includes(instruction)) {
      throw new Error(`nobody follows this instruction yet: ${line}`)
    }
  }
  return image
}

function copy (words: string[], context: string, named: ReadonlyMap<string, string>, to: string): void {
  const from = words.find(word => word.startsWith('--from='))?.slice(7)
  const paths = words.filter(word => !word.startsWith('--'))
  const target = join(to, paths.pop() as string)
  for (const path of paths) {
    const source = from === undefined ? join(context, path) : join(named.get(from) as string, path.replace(/^\/app\//, ''))
    if (!existsSync(source)) throw new Error(`COPY has no ${path}`)
    cpSync(source, /\.\/$/.test(words.at(-1) as string) ? join(target, path) : target, { recursive: true, verbatimSymlinks: true })
  }
}

/** The form without a shell, which alone passes SIGTERM on to Node.js. */
function list (text: string): string[] {
  return JSON.parse(text) as string[]
}
