import { memoryStore } from '../../src/delivery/memory-store.js'
import { testAttemptStore } from '../support/store-contract.js'

testAttemptStore('memoryStore', async () => {
  const store = memoryStore()
  return { one: store, other: store, close: async () => {} }
})
