"""What Redis runs for the event log, and the records that go in and out.

A run has two keys, and both carry its space as a hash tag, so that a cluster keeps all of them together:

    {chatdock}:head:<run>   hash    epoch, owner (a node), base (the seq the epoch began behind), last, ended, dropped,
                                    and `w:<node>` for each process that watches
    {chatdock}:tape:<run>   stream  one entry for many frames: id `<seq of its last frame>-0`, n frames, d their bytes
    {chatdock}:node:<node>  channel of one process: the entries of the runs it watches, as they are written

The id makes Redis refuse a second writer's duplicate, and finds the entry that holds a seq without an index. Many runs go
through one call, for a call costs the client as much as a hundred runs in it do; records are msgpack, and the frames of all
of them are one string behind it. Scripts run alone: what they check is still so when they write.
"""

from typing import Literal

import msgspec

_SHARED = """
local space = KEYS[1]
local function head_key(run) return space .. ':head:' .. run end
local function tape_key(run) return space .. ':tape:' .. run end
local function channel(node) return space .. ':node:' .. node end

local function head_of(run)
  local flat, head = redis.call('HGETALL', head_key(run)), {}
  for i = 1, #flat, 2 do head[flat[i]] = flat[i + 1] end
  return head
end

-- The last seq, or nil when nothing is kept: a head whose tape was evicted counts as nothing.
local function last_of(run, head)
  local last = tonumber(head.last)
  if last and last > 0 and redis.call('EXISTS', tape_key(run)) == 0 then return nil end
  return last
end

local function message(records, blob)
  local packed = cmsgpack.pack(records)
  return struct.pack('>I4', #packed) .. packed .. table.concat(blob)
end

local outbox = {}
local function tell(head, node, record, data)
  for field in pairs(head) do
    if string.sub(field, 1, 2) == 'w:' then
      local watcher = string.sub(field, 3)
      if watcher ~= node then
        local box = outbox[watcher] or {records = {}, blob = {}}
        outbox[watcher] = box
        box.records[#box.records + 1] = record
        box.blob[#box.blob + 1] = data
      end
    end
  end
end

-- Whoever no longer listens is told no more.
local function send()
  for watcher, box in pairs(outbox) do
    if redis.call('PUBLISH', channel(watcher), message(box.records, box.blob)) == 0 then
      for _, record in ipairs(box.records) do redis.call('HDEL', head_key(record[2]), 'w:' .. watcher) end
    end
  end
end
"""

WRITE = (
    _SHARED
    + """
local node, abandoned_ms, keep_ms, entries = unpack(cmsgpack.unpack(ARGV[1]))

local function begin(run, epoch, base)
  redis.call('DEL', tape_key(run))
  redis.call('HSET', head_key(run), 'epoch', epoch, 'owner', node, 'base', base, 'last', 0)
  redis.call('HDEL', head_key(run), 'ended')
  redis.call('PEXPIRE', head_key(run), abandoned_ms)
end

local function write(entry, data)
  local run, epoch, base, first, count, ended = unpack(entry)
  local head = head_of(run)
  if head.dropped then return {'dropped', 0} end
  local theirs = tonumber(head.epoch)
  if theirs and (theirs > epoch or (theirs == epoch and head.owner ~= node)) then
    return {'fenced', tonumber(head.base)}
  end
  local last = last_of(run, head)
  if theirs and theirs < epoch then last = nil end  -- our claim was lost, and with it the word of what is ours
  if not last then
    if first > 1 then return {'behind', 0} end
    begin(run, epoch, base)
    last, head.ended = 0, nil
  end
  if first ~= last + 1 then return {'behind', last} end
  if count > 0 then
    if head.ended then return {'fenced', last} end
    last = last + count
    redis.call('XADD', tape_key(run), last .. '-0', 'n', count, 'd', data)
    redis.call('HSET', head_key(run), 'last', last)
    if first == 1 then redis.call('PEXPIRE', tape_key(run), abandoned_ms) end
  end
  if ended and not head.ended then
    redis.call('HSET', head_key(run), 'ended', 1)
    redis.call('PEXPIRE', head_key(run), keep_ms)
    redis.call('PEXPIRE', tape_key(run), keep_ms)
  end
  if count > 0 or ended then tell(head, node, {'frames', run, epoch, base, first, count, ended, #data}, data) end
  return {'ok', last}
end

local results, at = {}, 1
for i, entry in ipairs(entries) do
  local size = entry[7]
  local done, result = pcall(write, entry, string.sub(ARGV[2], at, at + size - 1))
  at = at + size
  if not done then
    if type(result) == 'table' then result = result.err end
    if not (string.match(result, '^ERR') or string.match(result, '^WRONGTYPE')) then
      send()
      return redis.error_reply(result)
    end
    redis.call('DEL', head_key(entry[1]), tape_key(entry[1]))  -- not as we left it: its owner writes it again
    result = {'behind', 0}
  end
  results[i] = result
end
send()
return cmsgpack.pack(results)
"""
)

READ = (
    _SHARED
    + """
local node, budget, page_bytes, asks, unwatched = unpack(cmsgpack.unpack(ARGV[1]))

-- Entries behind `after` until a page is full or the budget spent; nil when one is missing. A few at first: they may be large.
local function entries(run, after)
  local first, count, size, pieces, cursor, some = after + 1, 0, 0, {}, after, 2
  while true do
    local page = redis.call('XRANGE', tape_key(run), '(' .. cursor .. '-0', '+', 'COUNT', some)
    for _, entry in ipairs(page) do
      local id, n, data = tonumber(string.match(entry[1], '^%d+')), tonumber(entry[2][2]), entry[2][4]
      if count == 0 then first = id - n + 1 end
      if (count == 0 and first > after + 1) or id - n + 1 ~= first + count then return nil end
      count, cursor, size = count + n, id, size + #data
      pieces[#pieces + 1] = data
      budget = budget - #data
      if budget <= 0 or size >= page_bytes then return first, count, size, pieces end
    end
    if #page < some then return first, count, size, pieces end
    some = math.min(some * 2, 64)
  end
end

local found, blob = {}, {}
for i, ask in ipairs(asks) do
  local run, after, watches = unpack(ask)
  local head = head_of(run)
  local last = last_of(run, head)
  local record = {'missing', run, 0, 0, 0, false, 0, 0, 0}
  if last and not head.dropped then
    if watches then redis.pcall('HSET', head_key(run), 'w:' .. node, 1) end  -- refused by a replica: then it is asked again
    local first, count, size, pieces = after + 1, 0, 0, {}
    if after < last and budget > 0 then first, count, size, pieces = entries(run, after) end
    if first then
      local ended = head.ended == '1'
      record = {'found', run, tonumber(head.epoch), tonumber(head.base), last, ended, first, count, size}
      blob[#blob + 1] = table.concat(pieces)
    end
  end
  found[i] = record
end
for _, run in ipairs(unwatched) do redis.pcall('HDEL', head_key(run), 'w:' .. node) end
redis.call('PUBLISH', channel(node), '')  -- whoever hears nothing of this listens to a dead connection
return message(found, blob)
"""
)

CLAIM = (
    _SHARED
    + """
local node, run, epoch, abandoned_ms = unpack(cmsgpack.unpack(ARGV[1]))
local head = head_of(run)
local last = last_of(run, head)
if not last or head.dropped then return cmsgpack.pack({'missing', 0}) end
local theirs = tonumber(head.epoch)
if theirs > epoch or (theirs == epoch and head.owner ~= node) then
  return cmsgpack.pack({'fenced', tonumber(head.base)})
end
if theirs < epoch then
  redis.call('HSET', head_key(run), 'epoch', epoch, 'owner', node, 'base', last)
  redis.call('PUBLISH', channel(head.owner), message({{'claimed', run, epoch, last, last + 1, 0, false, 0}}, {}))
end
if not head.ended then
  redis.call('PEXPIRE', head_key(run), abandoned_ms)
  redis.call('PEXPIRE', tape_key(run), abandoned_ms)
end
return cmsgpack.pack({'ok', last})
"""
)

DROP = (
    _SHARED
    + """
local node, runs, abandoned_ms = unpack(cmsgpack.unpack(ARGV[1]))
for _, run in ipairs(runs) do
  local head = head_of(run)
  redis.call('DEL', head_key(run), tape_key(run))
  if head.epoch then
    head['w:' .. head.owner] = 1
    tell(head, node, {'dropped', run, tonumber(head.epoch), 0, 0, 0, true, 0}, '')
    if not head.ended then  -- its owner may still be at work, and would write it anew
      redis.call('HSET', head_key(run), 'dropped', 1)
      redis.call('PEXPIRE', head_key(run), abandoned_ms)
    end
  end
end
for watcher, box in pairs(outbox) do redis.call('PUBLISH', channel(watcher), message(box.records, box.blob)) end
return 1
"""
)


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """Frames of one run for WRITE; none to ask whether all that was written is still there."""

    run_id: str
    epoch: int
    base: int
    first: int
    count: int
    ended: bool
    size: int


class Result(msgspec.Struct, array_like=True, frozen=True):
    """What became of an entry or a claim. `seq` is the last one (ok, behind) or where the other's epoch began (fenced)."""

    status: Literal["ok", "behind", "fenced", "dropped", "missing"]
    seq: int


class Ask(msgspec.Struct, array_like=True, frozen=True):
    """What READ is to look for: frames behind `after`, and whether this process wants the following ones sent."""

    run_id: str
    after: int
    watches: bool


class Found(msgspec.Struct, array_like=True, frozen=True):
    """A run as READ found it: `count` frames from `first` on, which may begin before what was asked and end before `last`."""

    status: Literal["found", "missing"]
    run_id: str
    epoch: int
    base: int
    last: int
    ended: bool
    first: int
    count: int
    size: int


class Told(msgspec.Struct, array_like=True, frozen=True):
    """What a process hears of a run that it watches or owned until now."""

    kind: Literal["frames", "claimed", "dropped"]
    run_id: str
    epoch: int
    base: int
    first: int
    count: int
    ended: bool
    size: int
