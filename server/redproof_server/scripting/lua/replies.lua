-- Replies from Lua values (script_lua.c luaReplyToRedisReply).
--
-- `content_of` leads from locked tables to what they hold. Returns encode(value, state): `state.resp` is the client's
-- protocol, `state.script_resp` the one that the script chose, and `state.null` the client's null.

local content_of, knows_all_kinds = ...

local format = string.format
local concat, next, rawget, type = table.concat, next, rawget, type

local NESTING_MAX = 7995
local encode

local function encode_pairs(t, out, depth, state, with_values)
  local at = #out + 1
  local count = 0
  out[at] = ''
  for key, value in next, t do
    encode(key, out, depth + (with_values and 4 or 3), state)
    if with_values then encode(value, out, depth + 3, state) end
    count = count + 1
  end
  if state.resp == 3 then
    out[at] = (with_values and '%' or '~') .. count .. '\r\n'
  else
    out[at] = '*' .. (with_values and 2 * count or count) .. '\r\n'
  end
end

local function bulk(text)
  return '$' .. #text .. '\r\n' .. text .. '\r\n'
end

local function c_string(text)
  return (text:gsub('%z.*', ''))
end

local function one_line(text)
  return (c_string(text):gsub('[\r\n]', ' '))
end

local function encode_verbatim(value, out, state)
  local kind, text = rawget(value, 'format'), rawget(value, 'string')
  if type(kind) ~= 'string' or type(text) ~= 'string' then return false end
  if state.resp == 3 then
    local extension = (c_string(kind) .. '   '):sub(1, 3)
    out[#out + 1] = '=' .. (#text + 4) .. '\r\n' .. extension .. ':' .. text .. '\r\n'
  else
    out[#out + 1] = bulk(text)
  end
  return true
end

local function encode_table(value, out, depth, state)
  local field = rawget(value, 'err')
  if type(field) == 'string' then
    out[#out + 1] = '-' .. one_line(c_string(field):gsub('[\r\n]+$', '')) .. '\r\n'
    return
  end
  field = rawget(value, 'ok')
  if type(field) == 'string' then
    out[#out + 1] = '+' .. one_line(field) .. '\r\n'
    return
  end
  field = rawget(value, 'double')
  if type(field) == 'number' then
    local text = format('%.17g', field)
    out[#out + 1] = state.resp == 3 and ',' .. text .. '\r\n' or bulk(text)
    return
  end
  if knows_all_kinds then
    field = rawget(value, 'big_number')
    if type(field) == 'string' then
      local text = field:gsub('[\r\n]', ' ')
      out[#out + 1] = state.resp == 3 and '(' .. text .. '\r\n' or bulk(text)
      return
    end
    field = rawget(value, 'verbatim_string')
    if type(field) == 'table' and encode_verbatim(field, out, state) then return end
  end
  field = rawget(value, 'map')
  if type(field) == 'table' then return encode_pairs(field, out, depth, state, true) end
  field = rawget(value, 'set')
  if type(field) == 'table' then return encode_pairs(field, out, depth, state, false) end
  local at, count = #out + 1, 0
  out[at] = ''
  while true do
    local item = rawget(value, count + 1)
    if item == nil then break end
    encode(item, out, depth + 1, state)
    count = count + 1
  end
  out[at] = '*' .. count .. '\r\n'
end

function encode(value, out, depth, state)
  local kind = type(value)
  if depth > NESTING_MAX then
    out[#out + 1] = '-ERR reached lua stack limit\r\n'
  elseif kind == 'string' then
    out[#out + 1] = bulk(value)
  elseif kind == 'number' then
    out[#out + 1] = format(':%d\r\n', value)
  elseif kind == 'boolean' then
    if state.script_resp ~= 2 and state.resp == 3 then
      out[#out + 1] = value and '#t\r\n' or '#f\r\n'
    elseif state.script_resp ~= 2 then
      out[#out + 1] = value and ':1\r\n' or ':0\r\n'
    else
      out[#out + 1] = value and ':1\r\n' or state.null
    end
  elseif kind == 'table' then
    encode_table(content_of[value] or value, out, depth, state)
  else
    out[#out + 1] = state.null
  end
end

return function(value, state)
  local out = {}
  encode(value, out, 1, state)
  return concat(out)
end
