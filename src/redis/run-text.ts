/**
 * How a run is written in Redis: one text with its fields in a line, and below it the reply. So the first attempt of a
 * message, which is nearly all there are, is one SET … NX, and its settlement one comparison of texts.
 *
 * Fields, `-` for none: state, owner (the token of the attempt that runs it), attempts, lease (until when; there as
 * long as the handler runs, after the acknowledgement too), keep (until when a decided run is remembered), attached
 * (when an attempt last came), doubted (since when somebody asks for an owner whose lease is over), joined (somebody
 * waits: publish) and collected (an attempt has the reply).
 *
 * A moment is written as the time that the key has left then, in milliseconds. So it is Redis' clock that counts, and
 * whoever writes a run need not know what it shows.
 */

/** A run that nobody renews stays this long after its lease, milliseconds, so that attempts are counted on. */
const AFTER_LEASE = 60_000

/** Whether a run can be begun by `begunText`: its key outlives the lease as long as it must, without a calculation. */
export function isPlain (keepFor: number, lease: number): boolean {
  return keepFor >= lease + AFTER_LEASE
}

/** A run that its first attempt begins, in a key that lives for `keepFor` milliseconds. */
export function begunText (owner: string, keepFor: number, lease: number): string {
  return `running ${owner} 1 ${keepFor - lease} 0 ${keepFor} - - -\n`
}

/** The same once its handler has ended, if nothing else has happened to it. */
export function endedText (owner: string, keepFor: number, state: string, reply: string): string {
  return `${state} ${owner} 1 - 0 ${keepFor} - - -\n${reply}`
}

/** Reads and writes runs in the scripts, where their times are in milliseconds from now; the past is negative. */
export const RUN_TEXT = `
local FIELDS = { 'state', 'owner', 'attempts', 'lease', 'keep', 'attached', 'doubted', 'joined', 'collected' }
local MOMENTS = { lease = true, keep = true, attached = true, doubted = true }
local AFTER_LEASE = ${AFTER_LEASE}

local function parse(text)
  local line = string.find(text, '\\n', 1, true) or 0
  local run, place = { reply = string.sub(text, line + 1) }, 0
  for word in string.gmatch(string.sub(text, 1, line), '%S+') do
    place = place + 1
    local name = FIELDS[place] or ''
    if MOMENTS[name] then word = tonumber(word) end
    if word ~= '-' then run[name] = word end
  end
  if place ~= #FIELDS then error('a key of this store holds no run: another program writes below its prefix') end
  return run
end

-- nil: there is none.
local function load()
  local text = redis.call('GET', KEYS[1])
  if not text then return nil end
  local run = parse(text)
  run.left = redis.call('PTTL', KEYS[1])
  for name in pairs(MOMENTS) do
    if run[name] then run[name] = run.left - run[name] end
  end
  return run
end

-- In one write, so that a full Redis takes all of it or nothing.
local function save(run)
  local left = run.keep
  if run.lease then left = math.max(left, run.lease + AFTER_LEASE) end
  left = math.max(1, left)
  local words = {}
  for place, name in ipairs(FIELDS) do
    local value = run[name]
    if value and MOMENTS[name] then value = left - value end
    words[place] = value or '-'
  end
  local text = table.concat(words, ' ') .. '\\n' .. (run.reply or '')
  if left == run.left then
    -- Given anew, it would count from a clock that has moved on, and all moments with it.
    redis.call('SET', KEYS[1], text, 'KEEPTTL')
  else
    redis.call('SET', KEYS[1], text, 'PX', left)
  end
end
`
