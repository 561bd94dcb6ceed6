-- What leaves everything as it is. KEYS: the values, their keys, the bytes of all. ARGV: what, and what belongs to it.
local what = ARGV[1]
if what == 'get' then
  local value = redis.call('HGET', KEYS[1], ARGV[2])
  if value then return {'value', value} end
  return {'none'}
end
if what == 'exists' then return {'exists', redis.call('HEXISTS', KEYS[1], ARGV[2])} end
if what == 'keys' then
  local found = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[2], '+', 'LIMIT', 0, ARGV[3])
  table.insert(found, 1, 'keys')
  return found
end
local most, bytes, values = tonumber(ARGV[2]), 0, {'values'}
for place = 3, #ARGV do
  bytes = bytes + redis.call('HSTRLEN', KEYS[1], ARGV[place])
  if bytes > most then return {'much'} end
  local value = redis.call('HGET', KEYS[1], ARGV[place])
  if value then values[place - 1] = {value} else values[place - 1] = {} end
end
return values
