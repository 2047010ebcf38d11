// What Redis runs as one step each. Amounts stay text: a Lua number is a double and would lose picodollars; HINCRBY and
// INCRBY add 64-bit integers. Every key shares one hash tag, so that the scripts run on a cluster.

import { ACCOUNTS, GIVE_BACK, NUMBERS, TAKE } from './charge-fragments.ts'
import { script } from './script.ts'

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

/** Where budgets and rates may count the hold; `first`: where accounts, their ends, live and rates stand among the keys. */
function releaseCharged(first: number): string {
  return `
    local accounts, ends, live, rates = KEYS[${first}], KEYS[${first + 1}], KEYS[${first + 2}], KEYS[${first + 3}]
    ${ACCOUNTS}
    ${GIVE_BACK}
    local function release(id, tokens)
      local held = redis.call('HMGET', KEYS[2], id .. ':amount', id .. ':charges')
      if held[1] then
        redis.call('DECRBY', KEYS[3], held[1])
        if held[2] then give_back(cjson.decode(held[2]), held[1], tokens) end
        redis.call('HDEL', KEYS[2], id, id .. ':amount', id .. ':dispatch', id .. ':charges')
      end
      redis.call('ZREM', KEYS[1], id)
    end
  `
}

/**
 * KEYS: leases, holds, held, the request. ARGV: request id, lease until, amount, hold as JSON.
 * A hold that is taken twice replaces the first, unless that one is counted; one that comes after its own settlement holds
 * nothing.
 */
export const HOLD = script(`
  if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
  local before = redis.call('HGET', KEYS[2], ARGV[1] .. ':amount')
  if before then
    if redis.call('HEXISTS', KEYS[2], ARGV[1] .. ':charges') == 1 then return 0 end
    redis.call('DECRBY', KEYS[3], before)
    redis.call('HDEL', KEYS[2], ARGV[1] .. ':dispatch')
  end
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4], ARGV[1] .. ':amount', ARGV[3])
  redis.call('INCRBY', KEYS[3], ARGV[3])
  return 1
`)

/**
 * The same where budgets or rates count the request. KEYS: leases, holds, held, the request, accounts, their ends, live,
 * rates, policies. ARGV: request id, lease until, amount, hold as JSON, least amount, demand as JSON.
 * Returns the kind of the admission, and what belongs to it.
 */
export const CHARGED_HOLD = script(`
  ${releaseCharged(5)}
  ${TAKE}
  local demand = cjson.decode(ARGV[6])
  if (redis.call('HGET', KEYS[9], ':version') or '0') ~= demand.version then return { 'stale' } end
  if redis.call('EXISTS', KEYS[4]) == 1 then return { 'held', ARGV[3] } end
  release(ARGV[1])
  local amount = ARGV[3]
  local place = take_amount(demand.accounts, amount, demand.now)
  if place and ARGV[5] ~= amount then
    amount = ARGV[5]
    place = take_amount(demand.accounts, amount, demand.now)
  end
  if place then
    local id = demand.accounts[place].id
    return { 'no_room', place - 1, redis.call('HGET', accounts, id .. ':spent'), redis.call('HGET', accounts, id .. ':taken') }
  end
  local states, refusal = find_full(demand)
  if refusal then
    for _, account in ipairs(demand.accounts) do
      redis.call('HINCRBY', accounts, account.id .. ':taken', minus(amount))
    end
    return report('limited', { refusal[1] - 1, refusal[2], refusal[3] }, states)
  end
  take_rates(demand, states)
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4], ARGV[1] .. ':amount', amount, ARGV[1] .. ':charges', ARGV[6])
  redis.call('INCRBY', KEYS[3], amount)
  return report('held', { amount }, states)
`)

/** KEYS: holds. ARGV: request id, dispatch as JSON. Kept beside the hold; a request that has none is ignored. */
export const REDISPATCH = script(`
  if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[1] .. ':dispatch', ARGV[2])
  end
  return 1
`)

/**
 * The same where the next route has rates of its own: it leaves those of the last one. KEYS: holds, live, rates.
 * ARGV: request id, dispatch as JSON, what begins the name of a route's rate, demand as JSON.
 */
export const CHARGED_REDISPATCH = script(`
  local live, rates = KEYS[2], KEYS[3]
  ${GIVE_BACK}
  ${TAKE}
  local stored = redis.call('HMGET', KEYS[1], ARGV[1], ARGV[1] .. ':charges')
  if not stored[1] then return { 'held', '0' } end
  local demand = cjson.decode(ARGV[4])
  local charges = stored[2] and cjson.decode(stored[2]) or { accounts = {}, rates = {} }
  local last, owned = {}, {}
  for _, rate in ipairs(charges.rates) do
    if string.sub(rate.name, 1, #ARGV[3]) == ARGV[3] and not rate.left then
      last[#last + 1] = rate
      owned[rate.name] = 1
    end
  end
  local states, refusal = find_full(demand, owned)
  if refusal then return report('limited', { refusal[1] - 1, refusal[2], refusal[3] }, states) end
  for _, rate in ipairs(last) do
    leave(rate)
    rate.left = true
  end
  take_rates(demand, states)
  for _, rate in ipairs(demand.rates) do charges.rates[#charges.rates + 1] = rate end
  redis.call('HSET', KEYS[1], ARGV[1] .. ':dispatch', ARGV[2], ARGV[1] .. ':charges', cjson.encode(charges))
  return report('held', { '0' }, states)
`)

/** KEYS: leases. ARGV: lease until, then request ids. */
export const RENEW = script(`
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[i]) end
  return 1
`)

/** KEYS: leases, holds, held, accounts, their ends, live, rates. ARGV: request ids. */
export const RELEASE = script(`
  ${releaseCharged(4)}
  for i = 1, #ARGV do release(ARGV[i]) end
  return 1
`)

/** `first`: where the sums begin among the arguments. */
function book(first: number): string {
  return `
    if not redis.call('SET', KEYS[4], ARGV[3], 'NX') then return redis.call('GET', KEYS[4]) end
    for i = ${first}, #ARGV, 2 do redis.call('HINCRBY', KEYS[7], ARGV[i], ARGV[i + 1]) end
    redis.call('ZADD', KEYS[5], ARGV[2], ARGV[1])
    redis.call('ZADD', KEYS[6], ARGV[4], ARGV[4])
  `
}

/**
 * KEYS: leases, holds, held, the request, requests by start, hours, the hour's sums.
 * ARGV: request id, started at, record as JSON, the hour, then field and amount in turn.
 * Returns 1 if it was booked, else the record as it had been booked before.
 */
export const SETTLE = script(`
  ${RELEASE_HOLD}
  release(ARGV[1])
  ${book(5)}
  return 1
`)

/**
 * The same where budgets or rates counted the request. KEYS: those of SETTLE, accounts, their ends, live, rates.
 * ARGV: those of SETTLE, but behind the hour as JSON the accounts, the amount that they pay and the tokens by entry.
 * Returns what each account has spent then if it was booked.
 */
export const CHARGED_SETTLE = script(`
  ${releaseCharged(8)}
  local paid = cjson.decode(ARGV[5])
  release(ARGV[1], paid.tokens)
  ${book(6)}
  local spent = {}
  for place, id in ipairs(paid.accounts) do spent[place] = spend(id, paid.amount) end
  return spent
`)

/**
 * Replaces an estimate by what really happened. KEYS: the request, requests by start, hours, accounts, their ends, then the
 * sums of each hour. ARGV: request id, started at, the estimate's record, the record that replaces it, the accounts and the
 * difference as JSON, then for each change: which of the hours (from 1), when it began, field, amount.
 * Returns what each account has spent then, or 0 where another had been quicker.
 */
export const CORRECT = script(`
  local accounts, ends = KEYS[4], KEYS[5]
  ${ACCOUNTS}
  if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
  redis.call('SET', KEYS[1], ARGV[4])
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
  for i = 6, #ARGV, 4 do
    redis.call('HINCRBY', KEYS[5 + ARGV[i]], ARGV[i + 2], ARGV[i + 3])
    redis.call('ZADD', KEYS[3], ARGV[i + 1], ARGV[i + 1])
  end
  local paid = cjson.decode(ARGV[5])
  local spent = {}
  for place, id in ipairs(paid.accounts) do spent[place] = correct(id, paid.amount) end
  return spent
`)

/** KEYS: accounts. ARGV: ids. What they have spent is forgotten. */
export const RESET_ACCOUNTS = script(`
  ${NUMBERS}
  for _, id in ipairs(ARGV) do
    local spent = redis.call('HGET', KEYS[1], id .. ':spent')
    if spent then
      redis.call('HINCRBY', KEYS[1], id .. ':taken', minus(spent))
      redis.call('HSET', KEYS[1], id .. ':spent', '0')
    end
  end
  return 1
`)

/** KEYS: policies. ARGV: name, and the document unless it is to be deleted. */
export const PUT_POLICY = script(`
  if ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) else redis.call('HDEL', KEYS[1], ARGV[1]) end
  return redis.call('HINCRBY', KEYS[1], ':version', 1)
`)

/** KEYS: requests by start. ARGV: started at, request id, limit. The ids strictly before that place, newest first. */
export const WALK_BACK = script(`
  local rank = redis.call('ZREVRANK', KEYS[1], ARGV[2])
  if rank and redis.call('ZSCORE', KEYS[1], ARGV[2]) == ARGV[1] then
    return redis.call('ZREVRANGE', KEYS[1], rank + 1, rank + ARGV[3])
  end
  return redis.call('ZREVRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '-inf', 'LIMIT', 0, ARGV[3])
`)

/** KEYS: keys by id, ids by hash. ARGV: id, hash, document of each. The hash that a key had before opens nothing any more. */
export const PUT_KEY = script(`
  for i = 1, #ARGV, 3 do
    local id, hash = ARGV[i], ARGV[i + 1]
    local before = redis.call('HGET', KEYS[1], id .. ':hash')
    if before and before ~= hash then redis.call('HDEL', KEYS[2], before) end
    redis.call('HSET', KEYS[1], id, ARGV[i + 2], id .. ':hash', hash)
    redis.call('HSET', KEYS[2], hash, id)
  end
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

/** KEYS: kept, their expiry, their bytes. ARGV: names. Returns how many were deleted. */
export const DROP_KEPT_NAMED = script(`
  ${DROP_KEPT}
  local dropped = 0
  for i = 1, #ARGV do
    if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
      drop(ARGV[i])
      dropped = dropped + 1
    end
  end
  return dropped
`)
