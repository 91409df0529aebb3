/**
 * What happens to a run's hash, each step in one piece. One key a script, so that a cluster takes them as well. Times
 * are those of Redis' clock, in milliseconds. The first write of each is one that a full Redis refuses, or it is one
 * that frees memory: it writes all or nothing.
 *
 * Fields: state, owner (the token of the attempt that runs it), lease (until when; there as long as the handler runs,
 * after the acknowledgement too), keep (until when a decided run is remembered), attempts, attached (when an attempt
 * last came), joined (somebody waits: publish), reply, collected (an attempt has the reply), and doubted: since when
 * somebody asks for an owner whose lease is over. It is given a third of the lease to speak up, since where Redis was
 * away for longer than a lease, nobody could renew, and who asks first is chance.
 */
export const SCRIPTS = {
  /** ARGV: token, lease, keep for, channel, key, token that runs in this process or ''. */
  attach: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease', 'keep', 'attempts', 'reply', 'doubted')
local state, owner, lease = run[1], run[2], tonumber(run[3] or 0)
local token, length = ARGV[1], tonumber(ARGV[2])
local now = clock()
if not state and ARGV[6] == '' then
  -- The first attempt, which is nearly all of them: everything in one command.
  local keep, lease = now + ARGV[3], now + length
  redis.call('HSET', KEYS[1], 'state', 'running', 'owner', token, 'lease', lease, 'keep', keep,
    'attempts', 1, 'attached', now)
  expire(now, true, keep, lease)
  return { 1, 'owned', token, length, 'running' }
end
local open = run[3] and true or false
if open and owner == token then
  -- The connection broke and the client sent this again.
  return { tonumber(run[5]), 'owned', owner, lease - now, state }
end
local keep = math.max(tonumber(run[4] or 0), now + ARGV[3])
local number = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
if not state then
  -- Redis has lost a run (restarted, flushed) that goes on in this process.
  state, owner, lease, open = 'running', ARGV[6], now + length, true
  redis.call('HSET', KEYS[1], 'state', state, 'owner', owner, 'lease', lease)
end
redis.call('HSET', KEYS[1], 'attached', now, 'keep', keep)
local left = 0
if open then
  if owner == ARGV[6] then
    -- Whoever asks shows that the owner lives, even if it was too busy to renew.
    lease = now + length
    redis.call('HSET', KEYS[1], 'lease', lease)
    redis.call('HDEL', KEYS[1], 'doubted')
  end
  left = leaseLeft(now, lease, run[7], length)
end
if left > 0 or (not open and (state == 'done' or state == 'acknowledged')) then
  redis.call('HSET', KEYS[1], open and 'joined' or 'collected', 1)
  expire(now, open, keep, lease)
  return { number, state, owner, left, open and '' or run[6] or '' }
end
if open then publish(ARGV[4], 'lost', owner, ARGV[5]) end
-- Who takes over an acknowledged run has nobody to answer.
if not open or state ~= 'acknowledged' then state = 'running' end
redis.call('HDEL', KEYS[1], 'reply', 'joined', 'doubted', 'collected')
redis.call('HSET', KEYS[1], 'state', state, 'owner', token, 'lease', now + length)
expire(now, true, keep, now + length)
return { number, 'owned', token, length, state }`,

  /** ARGV: token, lease, keep for, attempts, state. */
  renew: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner', 'keep', 'attached', 'lease', 'attempts')
local state = run[1]
if state and run[2] ~= ARGV[1] then return { 'lost', 0, 0 } end
if state and not run[5] then return { 'ended', 0, 0 } end
local now = clock()
local lease, keep = now + ARGV[2], tonumber(run[3] or now + ARGV[3])
redis.call('HSET', KEYS[1], 'lease', lease)
redis.call('HDEL', KEYS[1], 'doubted')
if not state then
  -- Redis has lost the run (restarted, flushed) and nobody has taken it since. Somebody may be waiting for it.
  state = ARGV[5]
  redis.call('HSET', KEYS[1], 'state', state, 'owner', ARGV[1], 'attempts', ARGV[4], 'keep', keep, 'joined', 1)
end
expire(now, true, keep, lease)
return { state, run[4] and now - run[4] or -1, tonumber(run[6] or ARGV[4]) }`,

  /**
   * ARGV: token, done or failed, reply, and in one what few settlements need, as the client takes its time for each
   * argument: keep for, attempts, state, bytes of the channel, channel and key.
   */
  settle: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner', 'keep', 'joined', 'lease')
local state = run[1]
if state and run[2] ~= ARGV[1] then return 'lost' end
if state and not run[5] then return state end
local keepFor, attempts, known, length, names
if run[4] or not state then
  keepFor, attempts, known, length, names = string.match(ARGV[4], '^(%d+) (%d+) (%a+) (%d+) (.*)$')
end
local word = ARGV[2]
if (state or known) == 'acknowledged' then
  word = 'ended'
  if not state then redis.call('HSET', KEYS[1], 'state', 'acknowledged') end
else
  redis.call('HSET', KEYS[1], 'state', word, 'reply', ARGV[3])
end
if state then
  redis.call('HDEL', KEYS[1], 'lease', 'doubted')
  -- A run that is remembered for longer than it would outlive its lease has its time already.
  local keep = tonumber(run[3])
  if keep < run[5] + AFTER_LEASE then expire(clock(), false, keep) end
else
  local now = clock()
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'attempts', attempts, 'keep', now + keepFor)
  expire(now, false, now + keepFor)
end
if names then publish(names:sub(1, length), word, ARGV[1], names:sub(length + 1)) end
return word == 'ended' and 'acknowledged' or word`,

  /** ARGV: token of the run, lease, keep for, attempts, channel, key, 1 if it runs in this process. */
  acknowledge: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner', 'keep', 'joined', 'lease', 'reply')
local state, owner = run[1], run[2] or ARGV[1]
if state and state ~= 'running' then return { state, run[6] or '' } end
local now = clock()
local keep = tonumber(run[3] or now + ARGV[3])
local alive = not state or (owner == ARGV[1] and ARGV[7] == '1') or tonumber(run[5]) > now
if not alive then
  -- There is no time left to doubt: whoever comes next takes over.
  redis.call('HSET', KEYS[1], 'doubted', 0)
  return { 'lost', '' }
end
redis.call('HSET', KEYS[1], 'state', 'acknowledged')
local lease = tonumber(run[5] or now + ARGV[2])
if not state then
  redis.call('HSET', KEYS[1], 'owner', owner, 'attempts', ARGV[4], 'keep', keep, 'lease', lease, 'joined', 1)
end
expire(now, true, keep, lease)
if run[4] or not state then publish(ARGV[5], 'acknowledged', owner, ARGV[6]) end
return { 'acknowledged', '' }`,

  /** ARGV: token of the run, lease. */
  look: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease', 'doubted')
local state = run[1]
if not state then return { 'gone', 0, '' } end
if run[2] ~= ARGV[1] then return { 'lost', 0, '' } end
if not run[3] then return { state, 0, state == 'done' and redis.call('HGET', KEYS[1], 'reply') or '' } end
local left = leaseLeft(clock(), tonumber(run[3]), run[4], tonumber(ARGV[2]))
if left <= 0 then return { 'lost', 0, '' } end
return { state, left, '' }`,

  /** An attempt that waited has the reply. ARGV: token of the run. */
  collect: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner')
if run[1] == 'done' and run[2] == ARGV[1] then redis.call('HSET', KEYS[1], 'collected', 1) end
return 1`,

  /** Whether an attempt has had the settlement. ARGV: token of the run, 1 if later ones are to get nothing. */
  collected: `
local run = redis.call('HMGET', KEYS[1], 'state', 'owner', 'collected')
if not run[1] then return 0 end
if run[2] ~= ARGV[1] or run[3] then return 1 end
if run[1] == 'done' and ARGV[2] == '1' then
  redis.call('HSET', KEYS[1], 'state', 'acknowledged')
  redis.call('HDEL', KEYS[1], 'reply')
end
return 0`
} as const

export type ScriptName = keyof typeof SCRIPTS

/** A run that nobody renews stays this long after its lease, milliseconds, so that attempts are counted on. */
const AFTER_LEASE = 60_000

/** Milliseconds since 1970, by Redis. */
export const CLOCK = `
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end`

/** What the scripts share. Redis counts every command, the one for its clock included: it is asked where it matters. */
export const PRELUDE = `
local AFTER_LEASE = ${AFTER_LEASE}
${CLOCK}
local function expire(now, open, keep, lease)
  if open then keep = math.max(keep, lease + AFTER_LEASE) end
  redis.call('PEXPIRE', KEYS[1], math.max(1, keep - now))
end
local function leaseLeft(now, lease, doubted, length)
  if lease > now then return lease - now end
  local patience = math.floor(length / 3)
  if doubted then return tonumber(doubted) + patience - now end
  redis.call('HSET', KEYS[1], 'doubted', now)
  return patience
end
local function publish(channel, word, owner, key)
  -- pcall: what is written holds, even for a user whom Redis lets publish nothing.
  redis.pcall('PUBLISH', channel, word .. ':' .. owner .. ':' .. key)
end
`
