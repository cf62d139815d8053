-- Removes the deadlines of orders. Unlike a transaction, which Redis refuses when its memory is full, this makes room.
-- KEYS: wake, deadline. ARGV: the orders' ids.
for _, id in ipairs(ARGV) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
return 1
