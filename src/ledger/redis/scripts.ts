// What Redis runs as one step each. Amounts stay text: a Lua number is a double and would lose picodollars; HINCRBY and
// INCRBY add 64-bit integers. Every key is declared and shares one hash tag, so that the scripts run on a cluster.

/**
 * KEYS: leases, holds, held. ARGV: request id, lease until, amount, hold as JSON.
 * A hold that is taken twice replaces the first.
 */
export const HOLD = `
  local before = redis.call('HGET', KEYS[2], ARGV[1] .. ':amount')
  if before then redis.call('DECRBY', KEYS[3], before) end
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4], ARGV[1] .. ':amount', ARGV[3])
  redis.call('INCRBY', KEYS[3], ARGV[3])
  return 1
`

/** KEYS: holds. ARGV: request id, dispatch as JSON. Kept beside the hold; a request that has none is ignored. */
export const REDISPATCH = `
  if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[1] .. ':dispatch', ARGV[2])
  end
  return 1
`

/**
 * KEYS: leases, holds, held, requests by start, the request, the hour's sums.
 * ARGV: request id, started at, 1 if expired, record as JSON, then field and amount in turn.
 * Returns 1 if it was booked, 0 if it had been before.
 */
export const SETTLE = `
  local held = redis.call('HGET', KEYS[2], ARGV[1] .. ':amount')
  if held then
    redis.call('DECRBY', KEYS[3], held)
    redis.call('HDEL', KEYS[2], ARGV[1], ARGV[1] .. ':amount', ARGV[1] .. ':dispatch')
    redis.call('ZREM', KEYS[1], ARGV[1])
  end
  local expired = redis.call('HGET', KEYS[5], 'expired')
  if expired then
    if expired == '0' or ARGV[3] == '1' then return 0 end
    -- The sweep's estimate gives way to what really happened: what it booked is taken back.
    local booked = cjson.decode(redis.call('HGET', KEYS[5], 'booked'))
    for i = 1, #booked, 2 do
      local amount = booked[i + 1]
      if string.sub(amount, 1, 1) == '-' then amount = string.sub(amount, 2) else amount = '-' .. amount end
      if amount ~= '-0' then redis.call('HINCRBY', KEYS[6], booked[i], amount) end
    end
  end
  local booked = {}
  for i = 5, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[6], ARGV[i], ARGV[i + 1])
    booked[#booked + 1] = ARGV[i]
    booked[#booked + 1] = ARGV[i + 1]
  end
  redis.call('HSET', KEYS[5], 'record', ARGV[4], 'expired', ARGV[3])
  if ARGV[3] == '1' then redis.call('HSET', KEYS[5], 'booked', cjson.encode(booked)) else redis.call('HDEL', KEYS[5], 'booked') end
  redis.call('ZADD', KEYS[4], ARGV[2], ARGV[1])
  return 1
`

/** KEYS: leases. ARGV: lease until, then request ids. */
export const RENEW = `
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[i]) end
  return 1
`

/** KEYS: keys by id, ids by hash. ARGV: id, hash, document. The hash that the key had before opens nothing any more. */
export const PUT_KEY = `
  local before = redis.call('HGET', KEYS[1], ARGV[1] .. ':hash')
  if before and before ~= ARGV[2] then redis.call('HDEL', KEYS[2], before) end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3], ARGV[1] .. ':hash', ARGV[2])
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
  return 1
`
