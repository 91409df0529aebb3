import { RUN_TEXT } from './run-text.js'

/**
 * What happens to a run, each step in one piece. One key a script, so that a cluster takes them as well. What a run is
 * made of, and how it is written, is in run-text.ts. Nothing is told before it is written, as a full Redis refuses to.
 *
 * An owner whose lease is over is given a third of it to speak up: where Redis was away for longer than a lease, nobody
 * could renew, and who asks first is chance.
 */
export const SCRIPTS = {
  /** ARGV: token, lease, keep for, channel, key, token that runs in this process or ''. */
  attach: `
local run = load()
local token, length, keepFor, here = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[6]
if run and run.lease and run.owner == token then
  -- The connection broke and the client sent this again.
  return { run.attempts, 'owned', token, run.lease, run.state }
end
if not run and here == '' then
  save({ state = 'running', owner = token, attempts = 1, lease = length, keep = keepFor, attached = 0 })
  return { 1, 'owned', token, length, 'running' }
end
-- Without one, Redis has lost a run (restarted, flushed) that goes on in this process.
run = run or { state = 'running', owner = here, attempts = 0, lease = length, keep = keepFor }
run.attempts, run.keep, run.attached = run.attempts + 1, math.max(run.keep, keepFor), 0
local left, lost = 0, nil
if run.lease then
  if run.owner == here then
    -- Whoever asks shows that the owner lives, even if it was too busy to renew.
    run.lease, run.doubted = length, nil
  end
  left, lost = leaseLeft(run, length), run.owner
end
if left > 0 or (not run.lease and (run.state == 'done' or run.state == 'acknowledged')) then
  run[run.lease and 'joined' or 'collected'] = 1
  save(run)
  return { run.attempts, run.state, run.owner, left, run.reply or '' }
end
-- Who takes over an acknowledged run has nobody to answer.
if run.state ~= 'acknowledged' then run.state = 'running' end
run.owner, run.lease = token, length
run.reply, run.joined, run.doubted, run.collected = nil, nil, nil, nil
save(run)
if lost then publish(ARGV[4], 'lost', lost, ARGV[5]) end
return { run.attempts, 'owned', token, length, run.state }`,

  /** ARGV: token, lease, keep for, attempts, state. */
  renew: `
local run = load()
if run and run.owner ~= ARGV[1] then return { 'lost', 0, 0 } end
if run and not run.lease then return { 'ended', 0, 0 } end
-- Redis may have lost the run (restarted, flushed), and nobody has taken it since. Somebody may be waiting for it.
run = run or { state = ARGV[5], owner = ARGV[1], attempts = ARGV[4], keep = tonumber(ARGV[3]), joined = 1 }
run.lease, run.doubted = tonumber(ARGV[2]), nil
save(run)
return { run.state, run.attached and -run.attached or -1, run.attempts }`,

  /**
   * ARGV: what the run is if nothing has happened to it since it was begun, or ''; what it is to be then; and in one
   * what few settlements need, as the client takes its time for each argument: keep for, attempts, state, bytes of the
   * channel, channel and key.
   */
  settle: `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
  return string.match(ARGV[2], '^%a+')
end
local run, settled = load(), parse(ARGV[2])
if run and run.owner ~= settled.owner then return 'lost' end
if run and not run.lease then return run.state end
local names, length, keepFor, attempts, state
if not run or run.joined then
  keepFor, attempts, state, length, names = string.match(ARGV[3], '^(%d+) (%d+) (%a+) (%d+) (.*)$')
end
run = run or { state = state, owner = settled.owner, attempts = attempts, keep = tonumber(keepFor) }
local word = 'ended'
if run.state ~= 'acknowledged' then
  word, run.state, run.reply = settled.state, settled.state, settled.reply
end
run.lease, run.doubted = nil, nil
save(run)
if names then publish(string.sub(names, 1, length), word, run.owner, string.sub(names, length + 1)) end
return run.state`,

  /** ARGV: token of the run, lease, keep for, attempts, channel, key, 1 if it runs in this process. */
  acknowledge: `
local run = load()
if run and run.state ~= 'running' then return { run.state, run.reply } end
if run and run.lease <= 0 and not (run.owner == ARGV[1] and ARGV[7] == '1') then
  -- There is no time left to doubt: whoever comes next takes over, whatever its own lease.
  run.doubted = -AFTER_LEASE
  save(run)
  return { 'lost', '' }
end
run = run or { owner = ARGV[1], attempts = ARGV[4], keep = tonumber(ARGV[3]), lease = tonumber(ARGV[2]),
  joined = 1 }
run.state = 'acknowledged'
save(run)
if run.joined then publish(ARGV[5], 'acknowledged', run.owner, ARGV[6]) end
return { 'acknowledged', '' }`,

  /** ARGV: token of the run, lease. */
  look: `
local run = load()
if not run then return { 'gone', 0, '' } end
if run.owner ~= ARGV[1] then return { 'lost', 0, '' } end
if not run.lease then return { run.state, 0, run.state == 'done' and run.reply or '' } end
local doubted = run.doubted
local left = leaseLeft(run, tonumber(ARGV[2]))
if run.doubted ~= doubted then save(run) end
if left <= 0 then return { 'lost', 0, '' } end
return { run.state, left, '' }`,

  /** An attempt that waited has the reply. ARGV: token of the run. */
  collect: `
local run = load()
if run and run.state == 'done' and run.owner == ARGV[1] then
  run.collected = 1
  save(run)
end
return 1`,

  /** Whether an attempt has had the settlement. ARGV: token of the run, 1 if later ones are to get nothing. */
  collected: `
local run = load()
if not run then return 0 end
if run.owner ~= ARGV[1] or run.collected then return 1 end
if run.state == 'done' and ARGV[2] == '1' then
  run.state, run.reply = 'acknowledged', nil
  save(run)
end
return 0`
} as const

export type ScriptName = keyof typeof SCRIPTS

/** What the scripts share. */
export const PRELUDE = `${RUN_TEXT}
-- Milliseconds; begins to doubt the owner of a run whose lease is over.
local function leaseLeft(run, length)
  if run.lease > 0 then return run.lease end
  run.doubted = run.doubted or 0
  return run.doubted + math.floor(length / 3)
end
local function publish(channel, word, owner, key)
  -- pcall: what is written holds, even for a user whom Redis lets publish nothing.
  redis.pcall('PUBLISH', channel, word .. ':' .. owner .. ':' .. key)
end
`
