/** How long a message may take from its announcement to the queue, milliseconds. */
const TO_BE_ADDED = 60_000

/**
 * How long finished jobs are kept, each by its own measure. BullMQ's `removeOnComplete` and `removeOnFail` apply the
 * age and the count of the job that ends to all that have ended, so that a short memory forgets what others must
 * remember.
 *
 * One sorted set for each measure (`<base>:<completedAge>:<deadLetterAge>:<completedCount>`) holds when a key is to be
 * looked at next; the set `<base>` holds which measures there are. Processes with other options have other measures,
 * and any of them looks at all. Times are those of Redis' clock, in milliseconds. Written like this the keys share the
 * hash tag of the queue's prefix on a cluster.
 */
export const SCRIPTS = {
  /** KEYS: base, measure. ARGV: the measure's name, key of the message, for how long at least. */
  remember: `
redis.call('SADD', KEYS[1], ARGV[1])
local till = math.max(now + ARGV[3], math.floor(redis.call('ZSCORE', KEYS[2], ARGV[2]) or 0))
return redis.call('ZADD', KEYS[2], till, ARGV[2])`,

  /**
   * KEYS: base, completed, failed. ARGV: what the jobs' keys begin with, how many at most. Returns whether there may be
   * more.
   */
  forget: `
-- A full Redis takes a script whose first write needs no memory; it is the one that has to forget.
redis.call('SREM', KEYS[1], '')
local jobs, most, more = ARGV[1], tonumber(ARGV[2]), 0
local measures = measuresOf(KEYS[1])
local bound = 0
for _, measure in ipairs(measures) do
  local due = redis.call('ZRANGEBYSCORE', measure.index, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
  if #due == most * 2 then more = 1 end
  for entry = 1, #due, 2 do
    local key, score = due[entry], tonumber(due[entry + 1])
    local done, dead = redis.call('ZSCORE', KEYS[2], key), redis.call('ZSCORE', KEYS[3], key)
    local till = (done and done + measure.completedAge) or (dead and dead + measure.deadLetterAge)
    if till and till > now then
      redis.call('ZADD', measure.index, till, key)
    elseif till then
      redis.call('ZREM', measure.index, key)
      if not held(measures, key) then drop(jobs, done and KEYS[2] or KEYS[3], key) end
    elseif redis.call('EXISTS', jobs .. key) == 1 then
      -- It waits, runs, or will be tried again.
      redis.call('ZADD', measure.index, now + math.min(measure.completedAge, measure.deadLetterAge), key)
    elseif score == math.floor(score) then
      -- It may be announced and not added yet. The half says that it was looked for once.
      redis.call('ZADD', measure.index, now + ${TO_BE_ADDED} + 0.5, key)
    else
      redis.call('ZREM', measure.index, key)
    end
  end
  if redis.call('EXISTS', measure.index) == 1 then bound = math.max(bound, measure.completedCount)
  else redis.call('SREM', KEYS[1], measure.name) end
end
local over = redis.call('ZCARD', KEYS[2]) - bound
if bound > 0 and over > 0 then
  if over > most then more = 1 end
  for _, key in ipairs(redis.call('ZRANGE', KEYS[2], 0, math.min(over, most) - 1)) do
    for _, measure in ipairs(measures) do redis.call('ZREM', measure.index, key) end
    drop(jobs, KEYS[2], key)
  end
end
return more`,

  /**
   * What was finished before there were measures. KEYS: base, measure, completed or failed. ARGV: the measure's name,
   * from, to.
   */
  adopt: `
local measures = measuresOf(KEYS[1])
local found = redis.call('ZRANGE', KEYS[3], ARGV[2], ARGV[3])
for _, key in ipairs(found) do
  if not held(measures, key) then
    redis.call('SADD', KEYS[1], ARGV[1])
    redis.call('ZADD', KEYS[2], now, key)
  end
end
return #found`,

  /**
   * Puts jobs that stand nowhere back into the queue, to be taken next, see orphans.ts. KEYS: measure, the three lists
   * in which a job may stand (the first is where it waits), the five sorted sets. ARGV: what the jobs' keys begin with,
   * cursor, how many, in how long a queue at most. Returns the next cursor, how many were put back, and whether some
   * must be looked at another time.
   */
  requeue: `
local page = redis.call('ZSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local listed, found, left = nil, 0, 0
local function inSortedSet(key)
  for set = 5, 9 do
    if redis.call('ZSCORE', KEYS[set], key) then return true end
  end
  return false
end
for entry = 1, #page[2], 2 do
  local key = page[2][entry]
  if not inSortedSet(key) and redis.call('EXISTS', ARGV[1] .. key) == 1 then
    if not listed then
      local length = 0
      for list = 2, 4 do length = length + redis.call('LLEN', KEYS[list]) end
      if length > tonumber(ARGV[4]) then return {'0', found, 1} end
      listed = {}
      for list = 2, 4 do
        for _, each in ipairs(redis.call('LRANGE', KEYS[list], 0, -1)) do listed[each] = true end
      end
    end
    if listed[key] then
      -- It has its place.
    elseif redis.call('EXISTS', ARGV[1] .. key .. ':lock') == 1 then
      -- A worker that still runs it would be the second.
      left = 1
    else
      redis.call('RPUSH', KEYS[2], key)
      listed[key] = true
      found = found + 1
    end
  end
end
return {page[1], found, left}`,

  /** KEYS: failed. ARGV: what the jobs' keys begin with, key of the message. */
  discard: `
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 0 end
drop(ARGV[1], KEYS[1], ARGV[2])
return 1`
} as const

export type ScriptName = keyof typeof SCRIPTS

export const KEYS_OF: Record<ScriptName, number> = { remember: 2, forget: 3, adopt: 3, requeue: 9, discard: 1 }

/** What the scripts share. */
export const PRELUDE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function measuresOf(base)
  local measures = {}
  for _, name in ipairs(redis.call('SMEMBERS', base)) do
    local completedAge, deadLetterAge, completedCount = string.match(name, '^(%d+):(%d+):(%d+)$')
    measures[#measures + 1] = {
      name = name, index = base .. ':' .. name,
      completedAge = tonumber(completedAge), deadLetterAge = tonumber(deadLetterAge),
      completedCount = tonumber(completedCount)
    }
  end
  return measures
end
local function held(measures, key)
  for _, measure in ipairs(measures) do
    if redis.call('ZSCORE', measure.index, key) then return true end
  end
  return false
end
local function drop(jobs, set, key)
  redis.call('ZREM', set, key)
  redis.call('DEL', jobs .. key, jobs .. key .. ':logs')
end
`
