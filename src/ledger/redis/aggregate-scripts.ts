// What Redis runs as one step each to make aggregates and to drop what is too old.

import { script } from './script.ts'

/**
 * KEYS: aggregates, closed sums, hours, the sums of an hour. ARGV: the hour. Its sums are closed, unless another's are.
 * Returns 0 where something is closed.
 */
export const CLOSE_HOUR = script(`
  if redis.call('HEXISTS', KEYS[1], 'closed') == 1 then return 0 end
  redis.call('ZREM', KEYS[3], ARGV[1])
  if redis.call('EXISTS', KEYS[4]) == 0 then return 1 end
  redis.call('RENAME', KEYS[4], KEYS[2])
  redis.call('HSET', KEYS[1], 'closed', ARGV[1])
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  return 1
`)

/**
 * KEYS: aggregates, closed sums, then those that are written. ARGV: version, how many blocks, for each which key (from 1),
 * its field and the block; then for each new cell which key and its name. Returns 0 where the version is another by now.
 */
export const COMMIT_ROLLUP = script(`
  if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
  local blocks = tonumber(ARGV[2])
  for i = 0, blocks - 1 do
    redis.call('HSET', KEYS[2 + ARGV[3 + 3 * i]], ARGV[4 + 3 * i], ARGV[5 + 3 * i])
  end
  for i = 3 + 3 * blocks, #ARGV, 2 do redis.call('RPUSH', KEYS[2 + ARGV[i]], ARGV[i + 1]) end
  redis.call('UNLINK', KEYS[2])
  redis.call('HDEL', KEYS[1], 'closed')
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  return 1
`)

/** KEYS: aggregates. ARGV: from when on hours and days are kept, empty where that does not change. Never less than before. */
export const RAISE_KEPT = script(`
  for place, name in ipairs({ 'hours', 'days' }) do
    local before = redis.call('HGET', KEYS[1], name)
    if ARGV[place] ~= '' and (not before or tonumber(before) < tonumber(ARGV[place])) then
      redis.call('HSET', KEYS[1], name, ARGV[place])
    end
  end
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  return 1
`)

/** KEYS: requests by start, then the records. ARGV: their ids. */
export const DROP_REQUESTS = script(`
  redis.call('ZREM', KEYS[1], unpack(ARGV))
  for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
  return #ARGV
`)
