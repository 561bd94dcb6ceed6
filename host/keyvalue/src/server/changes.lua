-- Changes. KEYS: the values, their keys, the bytes of all. ARGV: what, the bytes that may be, and what belongs to it. ENTRY is what an
-- entry counts beside its key and its value.
local what, most = ARGV[1], tonumber(ARGV[2])
local size = tonumber(redis.call('GET', KEYS[3]) or '0')

local entries = redis.call('HLEN', KEYS[1])

-- Of a key, and how many entries it is.
local function bytes(key)
  if redis.call('HEXISTS', KEYS[1], key) == 0 then return 0, 0 end
  return #key + redis.call('HSTRLEN', KEYS[1], key), 1
end

-- Whether it would be too much to have so many bytes, and so many entries more. Who has too much may have less.
local function is_full(now, more)
  local counted = now + ENTRY * (entries + more)
  return counted > most and counted > size + ENTRY * entries
end

local function remember(bytes)
  redis.call('SET', KEYS[3], string.format('%.0f', math.max(bytes, 0)))
end

-- Keys and values in turn, all of them or none.
local function put(pairs)
  local now, more = size, 0
  for place = 1, #pairs, 2 do
    local had, is_there = bytes(pairs[place])
    now = now - had + #pairs[place] + #pairs[place + 1]
    more = more + 1 - is_there
  end
  if is_full(now, more) then return {'full'} end
  for place = 1, #pairs, 2 do
    redis.call('HSET', KEYS[1], pairs[place], pairs[place + 1])
    redis.call('ZADD', KEYS[2], 0, pairs[place])
  end
  remember(now)
  return {'done'}
end

if what == 'set' then
  -- Of one key that is there twice the last value counts.
  local last, pairs = {}, {}
  for place = 3, #ARGV, 2 do last[ARGV[place]] = place end
  for place = 3, #ARGV, 2 do
    if last[ARGV[place]] == place then
      pairs[#pairs + 1] = ARGV[place]
      pairs[#pairs + 1] = ARGV[place + 1]
    end
  end
  return put(pairs)
end

if what == 'delete' then
  for place = 3, #ARGV do
    local had = bytes(ARGV[place])
    size = size - had
    redis.call('HDEL', KEYS[1], ARGV[place])
    redis.call('ZREM', KEYS[2], ARGV[place])
  end
  remember(size)
  return {'done'}
end

local key = ARGV[3]
local current = redis.call('HGET', KEYS[1], key)

if what == 'increment' then
  -- Numbers of this language are too short for it: Redis adds.
  local sum = redis.pcall('HINCRBY', KEYS[1], key, ARGV[4])
  if type(sum) == 'table' and sum.err then
    if string.find(sum.err, 'overflow', 1, true) then return {'overflow'} end
    if string.find(sum.err, 'not an integer', 1, true) then return {'nan'} end
    return sum
  end
  local text = redis.call('HGET', KEYS[1], key)
  local now = size + #text - (current and #current or -#key)
  if is_full(now, current and 0 or 1) then
    if current then redis.call('HSET', KEYS[1], key, current) else redis.call('HDEL', KEYS[1], key) end
    return {'full'}
  end
  redis.call('ZADD', KEYS[2], 0, key)
  remember(now)
  return {'number', text}
end

-- A swap.
local expected = ARGV[4] == '1' and ARGV[5] or false
if current ~= expected then
  if current then return {'value', current} end
  return {'none'}
end
return put({key, ARGV[6]})
