-- MessagePack as lua-cmsgpack writes and reads it (deps/lua/src/lua_cmsgpack.c).
--
-- `floats` packs and unpacks IEEE numbers. Functions return their results, or nothing and the message of an error.

local floats = ...

local byte, char, floor, sub = string.byte, string.char, math.floor, string.sub
local concat, next, pcall, error, tonumber, type, unpack = table.concat, next, pcall, error, tonumber, type, unpack
local select = select

local NESTING_MAX = 16
local INT64_END = 2 ^ 63

local function refuse(message)
  error({ message = message }, 0)
end

-- `count` big-endian bytes of a whole number; negative ones are wrapped around.
local function big_endian(number, count)
  local bytes = {}
  for position = count, 1, -1 do
    bytes[position] = char(number % 256)
    number = floor(number / 256)
  end
  return concat(bytes)
end

local function encode_integer(n)
  if n >= 0 then
    if n <= 127 then return char(n) end
    if n <= 0xFF then return '\204' .. char(n) end
    if n <= 0xFFFF then return '\205' .. big_endian(n, 2) end
    if n <= 0xFFFFFFFF then return '\206' .. big_endian(n, 4) end
    return '\207' .. big_endian(n, 8)
  end
  if n >= -32 then return char(256 + n) end
  if n >= -128 then return '\208' .. char(256 + n) end
  if n >= -32768 then return '\209' .. big_endian(n, 2) end
  if n >= -2147483648 then return '\210' .. big_endian(n, 4) end
  return '\211' .. big_endian(n, 8)
end

local function encode_number(n)
  if floor(n) == n and n >= -INT64_END and n < INT64_END then return encode_integer(n) end
  return floats.pack(n)
end

local function encode_string(text)
  local length = #text
  if length < 32 then return char(160 + length) .. text end
  if length <= 0xFF then return '\217' .. char(length) .. text end
  if length <= 0xFFFF then return '\218' .. big_endian(length, 2) .. text end
  return '\219' .. big_endian(length, 4) .. text
end

local function header(length, small, medium, large)
  if length <= 15 then return char(small + length) end
  if length <= 0xFFFF then return char(medium) .. big_endian(length, 2) end
  return char(large) .. big_endian(length, 4)
end

local function is_array(t)
  local highest, count = 0, 0
  for key in next, t do
    if type(key) ~= 'number' or key <= 0 or floor(key) ~= key then return false end
    if key > highest then highest = key end
    count = count + 1
  end
  return highest == count
end

local encode

local function encode_table(t, out, level)
  if is_array(t) then
    out[#out + 1] = header(#t, 144, 220, 221)
    for index = 1, #t do encode(t[index], out, level + 1) end
    return
  end
  local count = 0
  for _ in next, t do count = count + 1 end
  out[#out + 1] = header(count, 128, 222, 223)
  for key, value in next, t do
    encode(key, out, level + 1)
    encode(value, out, level + 1)
  end
end

function encode(value, out, level)
  local kind = type(value)
  if kind == 'string' then
    out[#out + 1] = encode_string(value)
  elseif kind == 'boolean' then
    out[#out + 1] = value and '\195' or '\194'
  elseif kind == 'number' then
    out[#out + 1] = encode_number(value)
  elseif kind == 'table' and level < NESTING_MAX then
    encode_table(value, out, level)
  else
    out[#out + 1] = '\192'
  end
end

local function pack(...)
  local out = {}
  for index = 1, select('#', ...) do encode((select(index, ...)), out, 0) end
  return concat(out)
end

-- Decoding.

local function take(state, count)
  local start = state.at
  if start + count - 1 > #state.text then refuse('Missing bytes in input.') end
  state.at = start + count
  return sub(state.text, start, start + count - 1)
end

local function unsigned(state, count)
  local text = take(state, count)
  local high, low = 0, 0
  for position = 1, count do
    if position <= count - 4 then
      high = high * 256 + byte(text, position)
    else
      low = low * 256 + byte(text, position)
    end
  end
  return high * 4294967296 + low, high, low
end

local function signed(state, count)
  local number, high, low = unsigned(state, count)
  if count == 8 then
    return high >= 2147483648 and (high - 4294967296) * 4294967296 + low or number
  end
  local span = 256 ^ count
  return number >= span / 2 and number - span or number
end

local decode

local function decode_array(state, length)
  local result = {}
  for index = 1, length do result[index] = decode(state) end
  return result
end

local function decode_map(state, length)
  local result = {}
  for _ = 1, length do
    local key = decode(state)
    result[key] = decode(state)
  end
  return result
end

local READERS = {
  [0xC0] = function() return nil end,
  [0xC2] = function() return false end,
  [0xC3] = function() return true end,
  [0xCA] = function(state) return floats.unpack_single(take(state, 4)) end,
  [0xCB] = function(state) return floats.unpack_double(take(state, 8)) end,
  [0xCC] = function(state) return (unsigned(state, 1)) end,
  [0xCD] = function(state) return (unsigned(state, 2)) end,
  [0xCE] = function(state) return (unsigned(state, 4)) end,
  [0xCF] = function(state) return (unsigned(state, 8)) end,
  [0xD0] = function(state) return signed(state, 1) end,
  [0xD1] = function(state) return signed(state, 2) end,
  [0xD2] = function(state) return signed(state, 4) end,
  [0xD3] = function(state) return signed(state, 8) end,
  [0xD9] = function(state) return take(state, (unsigned(state, 1))) end,
  [0xDA] = function(state) return take(state, (unsigned(state, 2))) end,
  [0xDB] = function(state) return take(state, (unsigned(state, 4))) end,
  [0xDC] = function(state) return decode_array(state, (unsigned(state, 2))) end,
  [0xDD] = function(state) return decode_array(state, (unsigned(state, 4))) end,
  [0xDE] = function(state) return decode_map(state, (unsigned(state, 2))) end,
  [0xDF] = function(state) return decode_map(state, (unsigned(state, 4))) end,
}

function decode(state)
  local first = byte(take(state, 1))
  if READERS[first] then return READERS[first](state) end
  if first < 0x80 then return first end
  if first >= 0xE0 then return first - 256 end
  if first >= 0xA0 and first < 0xC0 then return take(state, first - 0xA0) end
  if first >= 0x90 and first < 0xA0 then return decode_array(state, first - 0x90) end
  if first < 0x90 then return decode_map(state, first - 0x80) end
  return refuse('Bad data format in input.')
end

local function unpack_full(text, limit, offset)
  local decodes_all = limit == 0 and offset == 0
  if offset < 0 or limit < 0 then
    refuse(('Invalid request to unpack with offset of %d and limit of %d.'):format(offset, #text))
  elseif offset > #text then
    refuse(('Start offset %d greater than input length %d.'):format(offset, #text))
  end
  local state = { at = offset + 1, text = text }
  local values, count = {}, 0
  if not decodes_all then count = 1 end
  while state.at <= #text and (decodes_all or count <= limit) do
    count = count + 1
    values[count] = decode(state)
  end
  if not decodes_all then values[1] = state.at > #text and -1 or state.at - 1 end
  return unpack(values, 1, count)
end

local function results(ok, ...)
  if ok then return true, ... end
  local problem = ...
  return nil, type(problem) == 'table' and problem.message or problem
end

local function protected(f)
  return function(...) return results(pcall(f, ...)) end
end

return { pack = protected(pack), unpack = protected(unpack_full) }
