/** The Lua scripts of the Redis store: one for each operation, each with one key. */

/** Formats a time in milliseconds: a number in a Lua reply is exact up to 2^53 only, a string always. */
const DIGITS = `
local function digits(number) return string.format('%.0f', number) end`;

const issue = `
local key, sid, field, slot = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local now, max = tonumber(ARGV[4]), tonumber(ARGV[5])
local fresh, others = cjson.decode(field), {}
local ends = fresh.endsAt
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local row = cjson.decode(all[i + 1])
  if row.slot == slot or row.idleEndsAt <= now or row.endsAt <= now then
    redis.call('HDEL', key, all[i])
  else
    if row.refreshedAt >= fresh.refreshedAt then fresh.refreshedAt = row.refreshedAt + 1 end
    row.sid = all[i]
    table.insert(others, row)
  end
end
table.sort(others, function(a, b)
  local deadA, deadB = a.endedAt ~= nil, b.endedAt ~= nil
  if deadA ~= deadB then return deadB end
  if a.refreshedAt ~= b.refreshedAt then return a.refreshedAt > b.refreshedAt end
  return a.sid < b.sid
end)
local evicted = {}
for place, row in ipairs(others) do
  if place >= max then
    redis.call('HDEL', key, row.sid)
    if not row.endedAt then table.insert(evicted, row.sid) end
  elseif row.endsAt > ends then
    ends = row.endsAt
  end
end
redis.call('HSET', key, sid, cjson.encode(fresh))
redis.call('PEXPIRE', key, string.format('%.0f', ends - now))
return evicted`;

// The rule of rotateRow. An absolute end never moves, so the hash keeps its expiry.
const rotate = `${DIGITS}
local key, sid, generation = KEYS[1], ARGV[1], tonumber(ARGV[2])
local presented, next, sealed = ARGV[3], ARGV[4], ARGV[5]
local now, grace, idleEndsAt, meta = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local text = redis.call('HGET', key, sid)
if not text then return {'unknown'} end
local row = cjson.decode(text)
if now >= row.idleEndsAt or now >= row.endsAt then return {'unknown'} end
if row.endedAt then return {'revoked'} end
if presented == row.current then
  row.generation, row.current, row.previous, row.sealed, row.refreshedAt = row.generation + 1, next, row.current, sealed, now
  row.idleEndsAt = math.min(idleEndsAt, row.endsAt)
  if meta ~= '' then row.meta = meta end
  redis.call('HSET', key, sid, cjson.encode(row))
  return {'rotated', digits(now), digits(row.endsAt)}
end
if generation > row.generation then return {'ahead'} end
if presented == row.previous and grace > 0 and now < row.refreshedAt + grace then
  return {'grace', digits(row.refreshedAt), digits(row.endsAt), row.sealed}
end
row.endedAt = now
redis.call('HSET', key, sid, cjson.encode(row))
return {'reuse'}`;

const revokeAll = `
local ended = 0
for _, sid in ipairs(redis.call('HKEYS', KEYS[1])) do
  if sid ~= ARGV[1] then ended = ended + redis.call('HDEL', KEYS[1], sid) end
end
return ended`;

export const scripts = {
  issue,
  rotate,
  revokeAll,
  revoke: `return redis.call('HDEL', KEYS[1], ARGV[1])`,
  get: `return redis.call('HGET', KEYS[1], ARGV[1])`,
  list: `return redis.call('HGETALL', KEYS[1])`,
};
