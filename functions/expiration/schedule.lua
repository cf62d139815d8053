-- Sets the deadlines of orders, each unless the order has the same or a later one.
-- KEYS: wake, deadline. ARGV: the channel, and for each order its id, its deadline in ms, and what to store.
local earlier
for i = 2, #ARGV, 3 do
  local id, at, stored = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local known = redis.call('HGET', KEYS[2], id)
  if not known or tonumber(string.match(known, '^%S+')) < tonumber(at) then
    redis.call('HSET', KEYS[2], id, stored)
    redis.call('ZADD', KEYS[1], at, id) -- ends a lease, too: its holder announces the deadline of before
    if redis.call('ZRANGE', KEYS[1], 0, 0)[1] == id then
      earlier = at
    end
  end
end
if earlier then
  redis.call('PUBLISH', ARGV[1], earlier)
end
return 1
