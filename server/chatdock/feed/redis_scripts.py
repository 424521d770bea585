"""What Redis does for the feeds, each in one step."""

# KEYS: meta, frames. ARGV: channel, frame, most, keep_ms. 0 where nobody watches; whoever does all the same had a feed that
# was emptied or evicted, and is told of a token that is nobody's.
TELL = """
local token = redis.call('HGET', KEYS[1], 'token')
if not token then
  redis.call('PUBLISH', ARGV[1], ':0:')
  return 0
end
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[3]), -1)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[1], token .. ':' .. count .. ':' .. ARGV[2])
return count
"""

# KEYS: meta, frames. ARGV: channel, fresh token, keep_ms. The token, the count, the frames.
JOIN = """
redis.call('HSETNX', KEYS[1], 'token', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local count = redis.call('HGET', KEYS[1], 'count') or '0'
return {redis.call('HGET', KEYS[1], 'token'), count, redis.call('LRANGE', KEYS[2], 0, -1)}
"""

# KEYS: meta, frames. ARGV: channel, fresh token. Something was missed: every position is unknown from now on.
START_OVER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'token', ARGV[2], 'count', 0)
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[1], ARGV[2] .. ':0:')
return 1
"""
