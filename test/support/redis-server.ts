import { freePort, startRedis as start, type RedisServer as Server } from './redis.js'

export interface RedisServerOptions {
  /** Writes every change to a file, and reads it at the start. Default false: a restart forgets everything. */
  appendonly?: boolean
  /** Default `everysec`. */
  appendfsync?: 'always' | 'everysec' | 'no'
  /** A cluster of this one node, which still has to be given its slots. Default false. */
  cluster?: boolean
}

export interface RedisServer extends Server {
  signal (signal: 'SIGSTOP' | 'SIGCONT'): void
}

/** A real redis-server with the persistence that the inbox is tested under. */
export async function startRedis ({ appendonly = false, appendfsync = 'everysec', cluster = false }: RedisServerOptions = {}): Promise<RedisServer> {
  // Not compressed, so that a search of the files sees what there is.
  const persistence = ['--rdbcompression', 'no', '--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', appendfsync]
  const clustered = cluster ? ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1'] : []
  const server = await start(...persistence, ...clustered)
  return { ...server, signal: signal => { if (signal === 'SIGSTOP') server.pause(); else server.resume() } }
}
