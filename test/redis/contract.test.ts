import { redisStore } from '../../src/redis/index.js'
import { startRedis } from '../support/redis.js'
import { testAttemptStore } from '../support/store-contract.js'

testAttemptStore('redisStore', async () => {
  const server = await startRedis()
  const one = redisStore({ client: server.connect() })
  const other = redisStore({ client: server.connect() })
  return {
    one,
    other,
    async close () {
      await one.close?.()
      await other.close?.()
      await server.stop()
    }
  }
})
