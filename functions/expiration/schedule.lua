-- Sets an order's deadline, unless it has the same or a later one.
-- KEYS: wake, deadline. ARGV: order id, its deadline in ms, what to store, the channel.
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known and tonumber(string.match(known, '^%S+')) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) -- ends a lease, too: its holder announces the deadline of before
if redis.call('ZRANGE', KEYS[1], 0, 0)[1] == ARGV[1] then
  redis.call('PUBLISH', ARGV[4], ARGV[2])
end
return 1
