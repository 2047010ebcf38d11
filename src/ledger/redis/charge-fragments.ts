// Parts of scripts: what a hold takes from the accounts of budgets and from rates, and what its end gives back. They need
// `accounts`, `ends`, `live` and `rates` as locals. A rate has keys of its own, whose names are made here from the declared
// one: which they are stands with the hold. They share its hash tag, and so its slot.

import { ACCOUNT_KEPT_MS, CONCURRENCY_RETRY_MS, RATE_WINDOW_MS } from '../admission.ts'

/** Old accounts that one hold deletes at most. */
const PRUNED_AT_ONCE = 20
/** Requests that are looked through for when there are tokens again: it keeps the server to itself. */
const LONGEST_WALK = 2_000

/** Amounts stay text. `exceeds`: whether one whole number that is not below zero, as text, is more than another. */
export const NUMBERS = `
  local function minus(amount)
    if amount == '0' then return '0' end
    if string.sub(amount, 1, 1) == '-' then return string.sub(amount, 2) end
    return '-' .. amount
  end
  local function exceeds(amount, limit)
    if string.sub(amount, 1, 1) == '-' then return false end
    return #amount > #limit or (#amount == #limit and amount > limit)
  end
`

/**
 * `add` gives the sum as text: what a double holds exactly is what Redis answers, the rest is read again. `spend` and
 * `correct` give what the account has spent then. A sum that is what was added may be the first in its account.
 */
export const ACCOUNTS = `
  ${NUMBERS}
  local function add(field, amount)
    local sum = redis.call('HINCRBY', accounts, field, amount)
    if sum > -9007199254740992 and sum < 9007199254740992 then return string.format('%.0f', sum) end
    return redis.call('HGET', accounts, field)
  end
  local function prune(now)
    local old = redis.call('ZRANGEBYSCORE', ends, '-inf', now - ${ACCOUNT_KEPT_MS}, 'LIMIT', 0, ${PRUNED_AT_ONCE})
    for _, id in ipairs(old) do
      redis.call('HDEL', accounts, id .. ':spent', id .. ':taken')
      redis.call('ZREM', ends, id)
    end
  end
  local function open(id)
    redis.call('HSETNX', accounts, id .. ':spent', '0')
    local ends_at = string.match(id, '%-(%d+)$')
    if ends_at then redis.call('ZADD', ends, ends_at, id) end
  end
  local function spend(id, amount)
    add(id .. ':taken', amount)
    local spent = add(id .. ':spent', amount)
    if spent == amount then open(id) end
    return spent
  end
  local function correct(id, amount)
    local spent = spend(id, amount)
    if string.sub(spent, 1, 1) ~= '-' then return spent end
    add(id .. ':taken', minus(spent))
    redis.call('HSET', accounts, id .. ':spent', '0')
    return '0'
  end
`

/** `tokens`: the real ones by entry; without them nothing was sent, and nothing counts. */
export const GIVE_BACK = `
  local function requests_of(rate) return rates .. ':requests:' .. rate.name end
  local function tokens_of(rate) return rates .. ':tokens:' .. rate.name end
  local function leave(rate)
    if rate.left then return end
    if redis.call('HINCRBY', live, rate.name, -1) <= 0 then redis.call('HDEL', live, rate.name) end
  end
  local function give_back(charges, held, tokens)
    for _, account in ipairs(charges.accounts) do
      redis.call('HINCRBY', accounts, account.id .. ':taken', minus(held))
    end
    for _, rate in ipairs(charges.rates) do
      leave(rate)
      local counted = redis.call('HGET', tokens_of(rate), rate.entry)
      if counted then
        local real = tokens and tokens[rate.entry] or 0
        redis.call('HINCRBY', tokens_of(rate), '', real - counted)
        if tokens then redis.call('HSET', tokens_of(rate), rate.entry, real)
        else
          redis.call('HDEL', tokens_of(rate), rate.entry)
          redis.call('ZREM', requests_of(rate), rate.entry)
        end
      end
    end
  end
`

/**
 * `take_amount` gives the place of the first account without room, having taken nothing then; `find_full` what keeps the
 * request out, having changed nothing that counts; `take_rates` counts it.
 */
export const TAKE = `
  local function take_amount(demanded, amount, now)
    for place, account in ipairs(demanded) do
      local taken = add(account.id .. ':taken', amount)
      if taken == amount then
        open(account.id)
        prune(now)
      end
      if account.limit and exceeds(taken, account.limit) then
        for before = 1, place do add(demanded[before].id .. ':taken', minus(amount)) end
        return place
      end
    end
  end
  local function state_of(rate, now)
    local old = redis.call('ZRANGEBYSCORE', requests_of(rate), '-inf', now - ${RATE_WINDOW_MS})
    for _, entry in ipairs(old) do
      local counted = redis.call('HGET', tokens_of(rate), entry)
      if counted then
        redis.call('HINCRBY', tokens_of(rate), '', 0 - counted)
        redis.call('HDEL', tokens_of(rate), entry)
      end
    end
    if #old > 0 then redis.call('ZREMRANGEBYSCORE', requests_of(rate), '-inf', now - ${RATE_WINDOW_MS}) end
    local last = redis.call('ZRANGE', requests_of(rate), -1, -1, 'WITHSCORES')
    return {
      requests = redis.call('ZCARD', requests_of(rate)),
      tokens = tonumber(redis.call('HGET', tokens_of(rate), '') or '0'),
      reset = last[2] and last[2] + ${RATE_WINDOW_MS} - now or 0,
    }
  end
  local function room_for_request(rate, state, now)
    local place = state.requests - rate.requests
    local first = redis.call('ZRANGE', requests_of(rate), place, place, 'WITHSCORES')
    return first[2] and first[2] + ${RATE_WINDOW_MS} - now or ${RATE_WINDOW_MS}
  end
  local function room_for_tokens(rate, state, tokens, now)
    local left = state.tokens + tokens - rate.tokens
    local wait = ${RATE_WINDOW_MS}
    local counted = redis.call('ZRANGE', requests_of(rate), 0, ${LONGEST_WALK - 1}, 'WITHSCORES')
    for i = 1, #counted, 2 do
      left = left - (redis.call('HGET', tokens_of(rate), counted[i]) or 0)
      wait = counted[i + 1] + ${RATE_WINDOW_MS} - now
      if left <= 0 then break end
    end
    return wait
  end
  local function full(rate, state, tokens, now, own)
    if rate.concurrency and (redis.call('HGET', live, rate.name) or 0) - own >= rate.concurrency then
      return 'concurrency', ${CONCURRENCY_RETRY_MS}
    end
    if rate.requests and state.requests >= rate.requests then
      return 'requests', room_for_request(rate, state, now)
    end
    if rate.tokens and state.tokens + tokens > rate.tokens then
      return 'tokens', room_for_tokens(rate, state, tokens, now)
    end
  end
  local function report(kind, head, states)
    local answer = { kind }
    for _, value in ipairs(head) do answer[#answer + 1] = value end
    for _, state in ipairs(states) do
      answer[#answer + 1] = state.requests
      answer[#answer + 1] = state.tokens
      answer[#answer + 1] = state.reset
    end
    return answer
  end
  local function find_full(demand, owned)
    local states = {}
    local refusal
    for place, rate in ipairs(demand.rates) do
      states[place] = state_of(rate, demand.now)
      local own = owned and owned[rate.name] or 0
      local by, wait = full(rate, states[place], demand.tokens, demand.now, own)
      if by and not refusal then refusal = { place, by, wait } end
    end
    return states, refusal
  end
  local function take_rates(demand, states)
    for place, rate in ipairs(demand.rates) do
      redis.call('HINCRBY', live, rate.name, 1)
      redis.call('ZADD', requests_of(rate), demand.now, rate.entry)
      redis.call('HSET', tokens_of(rate), rate.entry, demand.tokens)
      redis.call('HINCRBY', tokens_of(rate), '', demand.tokens)
      redis.call('PEXPIRE', requests_of(rate), ${RATE_WINDOW_MS + 1_000})
      redis.call('PEXPIRE', tokens_of(rate), ${RATE_WINDOW_MS + 1_000})
      states[place].requests = states[place].requests + 1
      states[place].tokens = states[place].tokens + demand.tokens
      states[place].reset = ${RATE_WINDOW_MS}
    end
  end
`
