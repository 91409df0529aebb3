/** An access token, as WeCom gave it or as it is kept. */
export interface FetchedToken {
  token: string
  /** How long it may be used from now on, milliseconds: its life less a margin. */
  goodFor: number
}

/**
 * Where access tokens are kept beside the memory of this process. `redisTokens()` of fastify-wecom/redis is one; this
 * interface is all it takes to write another.
 */
export interface TokenStore {
  /**
   * Resolves with the token kept under `key`, else with what `fetch` brings, which is then kept for `goodFor`. `fetch`
   * should run in one process at a time. `refused` is a token that WeCom no longer takes: where it is the one that is
   * kept, there is none. Rejects as `fetch` does. `key` tells nothing of corp and secret.
   */
  obtain (key: string, fetch: () => Promise<FetchedToken>, refused: string | undefined): Promise<FetchedToken>
}
