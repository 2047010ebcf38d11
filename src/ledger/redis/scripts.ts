// What Redis runs as one step each. Amounts stay text: a Lua number is a double and would lose picodollars; HINCRBY and
// INCRBY add 64-bit integers. Every key is declared and shares one hash tag, so that the scripts run on a cluster.

import { hash } from 'node:crypto'

export interface Script {
  readonly text: string
  /** How Redis names it: SHA-1, which protects nothing. */
  readonly digest: string
}

function script(text: string): Script {
  return { text, digest: hash('sha1', text) }
}

/**
 * KEYS: leases, holds, held, the request. ARGV: request id, lease until, amount, hold as JSON.
 * A hold that is taken twice replaces the first; one that comes after its own settlement holds nothing.
 */
export const HOLD = script(`
  if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
  local before = redis.call('HGET', KEYS[2], ARGV[1] .. ':amount')
  if before then
    redis.call('DECRBY', KEYS[3], before)
    redis.call('HDEL', KEYS[2], ARGV[1] .. ':dispatch')
  end
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4], ARGV[1] .. ':amount', ARGV[3])
  redis.call('INCRBY', KEYS[3], ARGV[3])
  return 1
`)

/** KEYS: holds. ARGV: request id, dispatch as JSON. Kept beside the hold; a request that has none is ignored. */
export const REDISPATCH = script(`
  if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[1] .. ':dispatch', ARGV[2])
  end
  return 1
`)

/** KEYS: leases. ARGV: lease until, then request ids. */
export const RENEW = script(`
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[i]) end
  return 1
`)

const RELEASE_HOLD = `
  local function release(id)
    local held = redis.call('HGET', KEYS[2], id .. ':amount')
    if held then
      redis.call('DECRBY', KEYS[3], held)
      redis.call('HDEL', KEYS[2], id, id .. ':amount', id .. ':dispatch')
    end
    redis.call('ZREM', KEYS[1], id)
  end
`

/** KEYS: leases, holds, held. ARGV: request ids. */
export const RELEASE = script(`
  ${RELEASE_HOLD}
  for i = 1, #ARGV do release(ARGV[i]) end
  return 1
`)

/**
 * KEYS: leases, holds, held, the request, requests by start, hours, the hour's sums.
 * ARGV: request id, started at, record as JSON, the hour, then field and amount in turn.
 * Returns 1 if it was booked, else the record as it had been booked before.
 */
export const SETTLE = script(`
  ${RELEASE_HOLD}
  release(ARGV[1])
  if not redis.call('SET', KEYS[4], ARGV[3], 'NX') then return redis.call('GET', KEYS[4]) end
  for i = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[7], ARGV[i], ARGV[i + 1]) end
  redis.call('ZADD', KEYS[5], ARGV[2], ARGV[1])
  redis.call('ZADD', KEYS[6], ARGV[4], ARGV[4])
  return 1
`)

/**
 * Replaces an estimate by what really happened. KEYS: the request, requests by start, hours, then the sums of each hour.
 * ARGV: request id, started at, the estimate's record, the record that replaces it, then for each change: which of the
 * hours (from 1), when it began, field, amount.
 * Returns 1, or 0 where another had been quicker.
 */
export const CORRECT = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
  redis.call('SET', KEYS[1], ARGV[4])
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
  for i = 5, #ARGV, 4 do
    redis.call('HINCRBY', KEYS[3 + ARGV[i]], ARGV[i + 2], ARGV[i + 3])
    redis.call('ZADD', KEYS[3], ARGV[i + 1], ARGV[i + 1])
  end
  return 1
`)

/** KEYS: requests by start. ARGV: started at, request id, limit. The ids strictly before that place, newest first. */
export const WALK_BACK = script(`
  local rank = redis.call('ZREVRANK', KEYS[1], ARGV[2])
  if rank and redis.call('ZSCORE', KEYS[1], ARGV[2]) == ARGV[1] then
    return redis.call('ZREVRANGE', KEYS[1], rank + 1, rank + ARGV[3])
  end
  return redis.call('ZREVRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '-inf', 'LIMIT', 0, ARGV[3])
`)

/** KEYS: keys by id, ids by hash. ARGV: id, hash, document. The hash that the key had before opens nothing any more. */
export const PUT_KEY = script(`
  local before = redis.call('HGET', KEYS[1], ARGV[1] .. ':hash')
  if before and before ~= ARGV[2] then redis.call('HDEL', KEYS[2], before) end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3], ARGV[1] .. ':hash', ARGV[2])
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
  return 1
`)

const DROP_KEPT = `
  local function drop(name)
    redis.call('DECRBY', KEYS[3], redis.call('HSTRLEN', KEYS[1], name))
    redis.call('HDEL', KEYS[1], name)
    redis.call('ZREM', KEYS[2], name)
  end
`

/**
 * KEYS: kept, their expiry, their bytes. ARGV: name, value, expires at, lives for, most bytes.
 * The keys themselves expire with the last entry, so that nothing outlives its time by more than once that time even when
 * no gateway is left to delete it.
 */
export const KEEP = script(`
  ${DROP_KEPT}
  if redis.call('ZCARD', KEYS[2]) == 0 then redis.call('DEL', KEYS[1], KEYS[3]) end
  if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then drop(ARGV[1]) end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
  local bytes = redis.call('INCRBY', KEYS[3], #ARGV[2])
  while bytes > tonumber(ARGV[5]) do
    local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
    if not first then break end
    drop(first)
    bytes = tonumber(redis.call('GET', KEYS[3]))
  end
  for i = 1, 3 do
    if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
  end
  return 1
`)

/** KEYS: kept, their expiry, their bytes. ARGV: until, how many at most. Returns how many were deleted. */
export const DROP_KEPT_UNTIL = script(`
  ${DROP_KEPT}
  local names = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
  for i = 1, #names do drop(names[i]) end
  return #names
`)
