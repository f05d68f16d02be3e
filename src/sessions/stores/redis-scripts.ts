/** The Lua scripts of the Redis store: one for each operation, each with one key. */

// Ranks the other rows as `compareByUse` does. The new row is not among them: no login ends its own session.
const issue = `
local key, sid, text = KEYS[1], ARGV[1], ARGV[2]
local now, max = tonumber(ARGV[3]), tonumber(ARGV[4])
local fresh, others = cjson.decode(text), {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local row = cjson.decode(all[i + 1])
  if row.slot == fresh.slot or now >= row.idleEndsAt or now >= row.endsAt then
    redis.call('HDEL', key, all[i])
  else
    row.sid, row.isEnded = all[i], row.endedAt ~= cjson.null
    table.insert(others, row)
  end
end
table.sort(others, function(a, b)
  if a.isEnded ~= b.isEnded then return b.isEnded end
  if a.refreshedAt ~= b.refreshedAt then return a.refreshedAt > b.refreshedAt end
  return a.sid < b.sid
end)
local ends, evicted = fresh.endsAt, {}
for rank, row in ipairs(others) do
  if rank < max then
    ends = math.max(ends, row.endsAt)
  else
    redis.call('HDEL', key, row.sid)
    if not row.isEnded then table.insert(evicted, row.sid) end
  end
end
redis.call('HSET', key, sid, text)
redis.call('PEXPIRE', key, string.format('%.0f', ends - now))
return evicted`;

// The rule of `rotateRow`, line by line. Absolute ends never move, so the hash keeps its expiry. `cjson` writes
// numbers with 14 digits: times in milliseconds are exact until the year 5138.
const rotate = `
local key, sid, request = KEYS[1], ARGV[1], cjson.decode(ARGV[2])
local now = request.now
if now == cjson.null then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local text = redis.call('HGET', key, sid)
if not text then return '{"kind":"unknown"}' end
local row = cjson.decode(text)
if now >= row.idleEndsAt or now >= row.endsAt then return '{"kind":"unknown"}' end

local function store() redis.call('HSET', key, sid, cjson.encode(row)) end
local function isWithin(period) return period > 0 and now < row.refreshedAt + period end
local function rotated()
  return cjson.encode({kind = 'rotated', refreshedAt = row.refreshedAt, idleEndsAt = row.idleEndsAt})
end

local generation, isEnded = request.generation, row.endedAt ~= cjson.null
local isAhead = generation > row.generation
local final = {kind = 'ahead'}
if not isAhead then final = {kind = 'reuse', behind = row.generation - generation} end
if isEnded and row.current == request.next then return cjson.encode(final) end
if isEnded then return '{"kind":"revoked"}' end

if row.current == request.presented then
  if now >= row.refreshedAt + request.burst then row.burstStart = row.generation end
  row.generation, row.previous, row.current = row.generation + 1, row.current, request.next
  row.sealed, row.refreshedAt = request.sealed, now
  row.idleEndsAt = math.min(now + math.min(row.idle, request.idle), row.endsAt)
  if request.meta ~= cjson.null then row.meta = request.meta end
  store()
  return rotated()
end
if row.current == request.next then return rotated() end

if not isAhead then
  if row.previous == request.presented and isWithin(request.grace) then
    return cjson.encode({
      kind = 'grace', refreshedAt = row.refreshedAt, idleEndsAt = row.idleEndsAt,
      sealed = row.sealed, late = math.max(0, now - row.refreshedAt)
    })
  end
  if generation >= math.max(row.burstStart, row.generation - 8) and isWithin(request.burst) then
    return '{"kind":"superseded"}'
  end
end
row.endedAt, row.current = now, request.next
store()
return cjson.encode(final)`;

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
