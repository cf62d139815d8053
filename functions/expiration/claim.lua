-- Leases the deadlines that have passed, the longest past first.
-- KEYS: wake, deadline, sequence. ARGV: now in ms, end of the lease in ms, how many at most.
-- Returns for each its order id, what is stored, and its event's position.
local claimed = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local stored = redis.call('HGET', KEYS[2], id)
  if stored then
    redis.call('ZADD', KEYS[1], ARGV[2], id)
    table.insert(claimed, id)
    table.insert(claimed, stored)
    table.insert(claimed, tostring(redis.call('INCR', KEYS[3])))
  else -- Redis evicted the deadlines
    redis.call('ZREM', KEYS[1], id)
  end
end
return claimed
