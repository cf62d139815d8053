-- Removes an order's deadline. Unlike a transaction, which Redis refuses when its memory is full, this makes room.
-- KEYS: wake, deadline. ARGV: order id.
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
