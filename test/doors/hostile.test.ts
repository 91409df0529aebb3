import { hostileRequests } from '../hostile/requests.js'
import { openDoor } from './doors.js'

hostileRequests((['node:http', 'Express 4, a handler', 'Express 5, a handler', 'Express 5, a route'] as const).map(name => ({
  form: name,
  open: async credentials => await openDoor(name, { credentials, store: false, timestampTolerance: Infinity })
})))
