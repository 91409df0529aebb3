import { ASKED_AT_MOST, KEEP_ENDED } from '../../streams/wecom-times.js'

/*
 * What happens to a stream's hash, each step in one piece. One key a script, so that a cluster takes them too. Times
 * are those of Redis' clock, in milliseconds. The first write of each is one that a full Redis refuses: all or nothing.
 *
 * Fields: state (running, ended, or missing: a tombstone that somebody has asked for), owner (the token of the
 * producer), lease (until when it may be silent), created, life, text, cause, first, final, large (the final is in a
 * key of its own), the suffixes late, lost and stopped, since (of a tombstone), and doubted: since when somebody asks
 * for a stream whose lease is over. Its producer is given a third of the lease to speak up, since where Redis was away
 * for longer than a lease, nobody could renew, and who asks first is chance.
 *
 * stop: it is to end as stopped, and does once its producer is next heard of or its lease is over, and not at once:
 * until then the process of its producer may answer from what it has, which would be shorter than what others show.
 */
export const STREAM_SCRIPTS = {
  /** ARGV: token, lease, life, first, text, late, lost, stopped. */
  begin: `
read('state', 'owner', 'text', 'cause', 'first', 'final', 'large', 'created', 'lease', 'stop')
local now = clock()
if run.state and run.state ~= 'missing' then
  -- The connection broke and the client sent this again, or the producer did.
  if run.state == 'running' and run.owner == ARGV[1] then renew(now, ARGV[2]) end
  -- A producer that is gone may be followed by one that goes on from what it has said.
  local left = run.state == 'running' and tonumber(run.lease) <= now and not run.stop
  if run.owner == ARGV[1] or not left or string.sub(ARGV[5], 1, #run.text) ~= run.text then return view() end
end
redis.call('HSET', KEYS[1], 'state', 'running', 'owner', ARGV[1], 'lease', now + ARGV[2], 'created', now,
  'life', ARGV[3], 'first', ARGV[4], 'text', ARGV[5], 'late', ARGV[6], 'lost', ARGV[7], 'stopped', ARGV[8])
redis.call('HDEL', KEYS[1], 'since', 'doubted')
run = { state = 'running', owner = ARGV[1], text = ARGV[5], first = ARGV[4], created = now }
keep(now, now + ARGV[2])
return view()`,

  /** Whoever began it does not know that it did. ARGV: token. */
  abandon: `
read('state', 'owner')
if run.state == 'running' and run.owner == ARGV[1] then redis.call('HSET', KEYS[1], 'lease', 0) end
return { 'none' }`,

  /** ARGV: token, lease, offset, text; where they have changed: late, lost, stopped. */
  write: `
read('state', 'owner', 'created', 'text', 'stop')
local refusal = refuse(ARGV[1])
if refusal then return refusal end
local have, from = #run.text, tonumber(ARGV[3])
if from > have then return { 'gap', have } end
local now = clock()
local more = string.sub(ARGV[4], have - from + 1)
if more ~= '' then redis.call('HSET', KEYS[1], 'text', run.text .. more) end
if ARGV[5] then redis.call('HSET', KEYS[1], 'late', ARGV[5], 'lost', ARGV[6], 'stopped', ARGV[7]) end
renew(now, ARGV[2])
return { 'bytes', have + #more }`,

  /** ARGV: token, offset, text, cause, final, '1' if the final is in a key of its own. */
  end: `
read('state', 'owner', 'created', 'text', 'stop', 'first')
local refusal = refuse(ARGV[1])
if refusal then return refusal end
local have, from = #run.text, tonumber(ARGV[2])
if from > have then return { 'gap', have } end
run.text = run.text .. string.sub(ARGV[3], have - from + 1)
run.final, run.large = ARGV[5], ARGV[6]
redis.call('HSET', KEYS[1], 'final', run.final, 'large', run.large)
return seal(ARGV[4], clock())`,

  /** ARGV: token, lease. */
  renew: `
read('state', 'owner', 'created', 'life', 'stop')
local refusal = refuse(ARGV[1])
if refusal then return refusal end
local now = clock()
if now >= run.created + run.life then return finish('late', now) end
renew(now, ARGV[2])
return { 'bytes', redis.call('HSTRLEN', KEYS[1], 'text') }`,

  /** ARGV: token of a producer in this process or '', lease, text of a missing one. */
  poll: `
read('state', 'owner', 'lease', 'created', 'life', 'text', 'cause', 'first', 'final', 'large', 'stop', 'doubted',
  'since')
if run.state == 'ended' then return view() end
local now, length = clock(), tonumber(ARGV[2])
if run.state ~= 'running' then
  -- A producer in this process brings it back.
  if ARGV[1] ~= '' then return { 'missing' } end
  if not run.state then
    redis.call('HSET', KEYS[1], 'state', 'missing', 'since', now)
    redis.call('PEXPIRE', KEYS[1], TOMBSTONE)
    return { 'missing' }
  end
  if now - run.since < length * 4 / 3 then return { 'missing' } end
  run.owner, run.text, run.created = '', ARGV[3], now - LONGEST
  redis.call('HSET', KEYS[1], 'owner', '')
  return seal('lost', now)
end
if now >= run.created + run.life then return finish('late', now) end
if run.owner == ARGV[1] then
  if run.stop then return finish('stopped', now) end
  renew(now, length)
  return view()
end
if tonumber(run.lease) > now then return view() end
if run.stop then return finish('stopped', now) end
if not run.doubted then
  redis.call('HSET', KEYS[1], 'doubted', now)
elseif now - run.doubted >= math.floor(length / 3) then
  return finish('lost', now)
end
return view()`,

  /** ARGV: token of a producer in this process or ''. */
  stop: `
read('state', 'owner', 'lease', 'created', 'text', 'first', 'stop')
if run.state ~= 'running' then return { 'none' } end
local now = clock()
if run.owner == ARGV[1] or tonumber(run.lease) <= now then return finish('stopped', now) end
if run.stop then return { 'told', 0 } end
redis.call('HSET', KEYS[1], 'stop', 1)
return { 'told', 1 }`
} as const

export type StreamScriptName = keyof typeof STREAM_SCRIPTS

/** What the scripts share. */
export const STREAM_PRELUDE = `
local LONGEST, TOMBSTONE = ${ASKED_AT_MOST}, ${KEEP_ENDED}
-- Milliseconds since 1970, by Redis.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local run = {}
local function read(...)
  local values = redis.call('HMGET', KEYS[1], ...)
  for at, name in ipairs({ ... }) do run[name] = values[at] end
end
local function keep(now, till)
  redis.call('PEXPIRE', KEYS[1], math.max(1, math.max(run.created + LONGEST, till + TOMBSTONE) - now))
end
local function renew(now, length)
  redis.call('HSET', KEYS[1], 'lease', now + length)
  redis.call('HDEL', KEYS[1], 'doubted')
  keep(now, now + length)
end
local function view()
  return { 'view', run.state, run.owner, run.text, run.cause or '', run.first or '', run.final or '',
    run.large or '' }
end
local function seal(cause, now)
  run.state, run.cause = 'ended', cause
  redis.call('HSET', KEYS[1], 'state', 'ended', 'cause', cause, 'text', run.text)
  redis.call('HDEL', KEYS[1], 'lease', 'doubted', 'stop', 'since')
  keep(now, now)
  return view()
end
local function finish(cause, now)
  read('text', 'first', cause)
  run.text = run.text .. run[cause]
  return seal(cause, now)
end
-- What a producer is told instead of going on.
local function refuse(token)
  if not run.state or run.state == 'missing' then return { 'missing' } end
  if run.owner ~= token and run.owner ~= '' then return { 'taken' } end
  if run.state == 'ended' then
    read('text', 'cause', 'first', 'final', 'large')
    return view()
  end
  if run.stop then return finish('stopped', clock()) end
end
`
