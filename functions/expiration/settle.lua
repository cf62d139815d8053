-- Ends leases.
-- KEYS: wake, deadline.
-- ARGV: for each claim its order id, what was stored, and '' or, if it was not announced, when it is due again in ms.
for i = 1, #ARGV, 3 do
  local id, stored, again = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if redis.call('HGET', KEYS[2], id) == stored then -- else it was extended or forgotten meanwhile
    if again == '' then
      redis.call('ZREM', KEYS[1], id)
      redis.call('HDEL', KEYS[2], id)
    else
      redis.call('ZADD', KEYS[1], again, id)
    end
  end
end
return 1
