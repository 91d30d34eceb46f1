-- JSON as lua-cjson writes and reads it, with its limits and error texts (deps/lua/src/lua_cjson.c).
--
-- Functions return their result, or nothing and the message of an error that the host raises at its caller.

local null = newproxy()
local byte, find, floor, format, gsub, lower, match, sub, char =
  string.byte, string.find, math.floor, string.format, string.gsub, string.lower, string.match, string.sub, string.char
local concat, next, pcall, error, rawget, rawset, tonumber, type = table.concat, next, pcall, error, rawget, rawset, tonumber, type

local INFINITE = 1 / 0
local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n',
  ['\r'] = '\\r', ['\t'] = '\\t', ['\127'] = '\\u007f' }
for code = 0, 31 do
  local character = char(code)
  ESCAPES[character] = ESCAPES[character] or format('\\u%04x', code)
end
local UNESCAPES = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t' }
local TOKEN_NAMES = { ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END',
  [':'] = 'T_COLON', [','] = 'T_COMMA' }

local function refuse(message)
  error({ message = message }, 0)
end

local function results(ok, ...)
  if ok then return ... end
  local problem = ...
  return nil, type(problem) == 'table' and problem.message or problem
end

local function protected(f, settings)
  return function(...) return results(pcall(f, settings, ...)) end
end

-- Encoding.

local function refuse_value(value, reason)
  refuse(format('Cannot serialise %s: %s', type(value), reason))
end

local function number_text(settings, value)
  if value ~= value or value == INFINITE or value == -INFINITE then
    if settings.encode_invalid_numbers == 'null' then return 'null' end
    if not settings.encode_invalid_numbers then refuse_value(value, 'must not be NaN or Inf') end
    return value ~= value and 'nan' or value > 0 and 'inf' or '-inf'
  end
  return format('%.' .. settings.encode_number_precision .. 'g', value)
end

local function string_text(value)
  return '"' .. gsub(value, '[%c"\\/\127]', ESCAPES) .. '"'
end

-- How many elements `t` has as an array, or nil when it is an object.
local function array_length(settings, t)
  local highest, count = 0, 0
  for key in next, t do
    if type(key) ~= 'number' or key < 1 or floor(key) ~= key then return nil end
    if key > highest then highest = key end
    count = count + 1
  end
  local ratio = settings.encode_sparse_ratio
  if ratio > 0 and highest > count * ratio and highest > settings.encode_sparse_safe then
    if not settings.encode_sparse_convert then refuse_value(t, 'excessively sparse array') end
    return nil
  end
  return highest > 0 and highest or nil
end

local encode_value

local function encode_array(settings, t, length, out, depth)
  for index = 1, length do
    out[#out + 1] = index == 1 and '[' or ','
    encode_value(settings, rawget(t, index), out, depth)
  end
  out[#out + 1] = ']'
end

local function encode_object(settings, t, out, depth)
  local separator = '{'
  for key, value in next, t do
    out[#out + 1] = separator
    separator = ','
    if type(key) == 'number' then
      out[#out + 1] = '"' .. number_text(settings, key) .. '":'
    elseif type(key) == 'string' then
      out[#out + 1] = string_text(key) .. ':'
    else
      refuse_value(key, 'table key must be a number or string')
    end
    encode_value(settings, value, out, depth)
  end
  out[#out + 1] = separator == '{' and '{}' or '}'
end

function encode_value(settings, value, out, depth)
  local kind = type(value)
  if kind == 'string' then
    out[#out + 1] = string_text(value)
  elseif kind == 'number' then
    out[#out + 1] = number_text(settings, value)
  elseif kind == 'boolean' then
    out[#out + 1] = value and 'true' or 'false'
  elseif value == nil or value == null then
    out[#out + 1] = 'null'
  elseif kind == 'table' then
    depth = depth + 1
    if depth > settings.encode_max_depth then refuse(format('Cannot serialise, excessive nesting (%d)', depth)) end
    local length = array_length(settings, value)
    if length then
      encode_array(settings, value, length, out, depth)
    else
      encode_object(settings, value, out, depth)
    end
  else
    refuse_value(value, 'type not supported')
  end
end

local function encode(settings, value)
  local out = {}
  encode_value(settings, value, out, 0)
  return concat(out)
end

-- Decoding. A token is its kind and value; kinds that are one character stand for themselves.

local function utf8(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then return char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64) end
  return char(0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
end

local function code_unit(text, at)
  local digits = match(text, '^%x%x%x%x', at)
  return digits and tonumber(digits, 16)
end

-- The character of the escape at `at` (a backslash and a u), and where it ends; nothing when it is invalid.
local function unicode_escape(text, at)
  local high = code_unit(text, at + 2)
  if not high or high >= 0xDC00 and high <= 0xDFFF then return nil end
  if high < 0xD800 or high > 0xDBFF then return utf8(high), at + 6 end
  if sub(text, at + 6, at + 7) ~= '\\u' then return nil end
  local low = code_unit(text, at + 8)
  if not low or low < 0xDC00 or low > 0xDFFF then return nil end
  return utf8(0x10000 + (high - 0xD800) * 1024 + low - 0xDC00), at + 12
end

local function string_token(state, start)
  local text, out, at = state.text, {}, start + 1
  while true do
    local stop = find(text, '["\\%z]', at)
    state.start = stop or #text + 1
    if not stop then return 'error', 'unexpected end of string' end
    out[#out + 1] = sub(text, at, stop - 1)
    local character = sub(text, stop, stop)
    if character == '"' then
      state.at = stop + 1
      return 'T_STRING', concat(out)
    elseif character ~= '\\' then
      return 'error', 'unexpected end of string'
    end
    local escape = sub(text, stop + 1, stop + 1)
    if escape == 'u' then
      out[#out + 1], at = unicode_escape(text, stop)
      if not at then return 'error', 'invalid unicode escape code' end
    elseif UNESCAPES[escape] then
      out[#out + 1], at = UNESCAPES[escape], stop + 2
    else
      return 'error', 'invalid escape code'
    end
  end
end

local function number_token(state, start)
  local text = state.text
  local spelling = lower(match(text, '^[-+.%w]*', start))
  local digits = gsub(spelling, '^-', '')
  local is_odd = find(digits, '^0[x%d]') or find(digits, '^inf') or find(digits, '^nan') or find(spelling, '^%+')
  if is_odd and not state.settings.decode_invalid_numbers then return 'error', 'invalid number' end
  local valid = match(spelling, '^[-+]?0x%x+%.?%x*') or match(spelling, '^[-+]?infinity')
    or match(spelling, '^[-+]?inf') or match(spelling, '^[-+]?nan') or match(spelling, '^[-+]?%d+%.?%d*e[-+]?%d+')
    or match(spelling, '^[-+]?%d+%.?%d*') or match(spelling, '^[-+]?%.%d+e[-+]?%d+') or match(spelling, '^[-+]?%.%d+')
  local number = valid and tonumber(valid)
  if not number then return 'error', 'invalid number' end
  state.at = start + #valid
  return 'T_NUMBER', number
end

local WORDS = { ['true'] = { 'T_BOOLEAN', true }, ['false'] = { 'T_BOOLEAN', false }, null = { 'T_NULL', null } }

local function next_token(state)
  local text = state.text
  local start = find(text, '[^ \t\n\r]', state.at) or #text + 1
  local character = sub(text, start, start)
  state.start = start
  if character == '' or character == '\0' then return 'T_END' end
  if TOKEN_NAMES[character] then
    state.at = start + 1
    return TOKEN_NAMES[character]
  end
  if character == '"' then return string_token(state, start) end
  if find(character, '[-%d]') then return number_token(state, start) end
  for word, token in next, WORDS do
    if sub(text, start, start + #word - 1) == word then
      state.at = start + #word
      return token[1], token[2]
    end
  end
  local spelling = lower(sub(text, start, start + 3))
  if state.settings.decode_invalid_numbers and find(spelling, '^%+') or find(spelling, '^inf') or find(spelling, '^nan') then
    return number_token(state, start)
  end
  return 'error', 'invalid token'
end

local function refuse_token(state, expected, kind, value)
  refuse(format('Expected %s but found %s at character %d', expected, kind == 'error' and value or kind, state.start))
end

local decode_value

local function descend(state)
  state.depth = state.depth + 1
  if state.depth > state.settings.decode_max_depth then
    refuse(format('Found too many nested data structures (%d) at character %d', state.depth, state.at - 1))
  end
end

local function decode_object(state)
  descend(state)
  local result = {}
  local kind, value = next_token(state)
  while kind ~= 'T_OBJ_END' do
    if kind ~= 'T_STRING' then refuse_token(state, 'object key string', kind, value) end
    local key = value
    kind, value = next_token(state)
    if kind ~= 'T_COLON' then refuse_token(state, 'colon', kind, value) end
    rawset(result, key, decode_value(state, next_token(state)))
    kind, value = next_token(state)
    if kind == 'T_COMMA' then
      kind, value = next_token(state)
      if kind == 'T_OBJ_END' then refuse_token(state, 'object key string', kind, value) end
    elseif kind ~= 'T_OBJ_END' then
      refuse_token(state, 'comma or object end', kind, value)
    end
  end
  state.depth = state.depth - 1
  return result
end

local function decode_array(state)
  descend(state)
  local result, index = {}, 1
  local kind, value = next_token(state)
  while kind ~= 'T_ARR_END' do
    result[index] = decode_value(state, kind, value)
    index = index + 1
    kind, value = next_token(state)
    if kind == 'T_COMMA' then
      kind, value = next_token(state)
      if kind == 'T_ARR_END' then refuse_token(state, 'value', kind, value) end
    elseif kind ~= 'T_ARR_END' then
      refuse_token(state, 'comma or array end', kind, value)
    end
  end
  state.depth = state.depth - 1
  return result
end

function decode_value(state, kind, value)
  if kind == 'T_STRING' or kind == 'T_NUMBER' or kind == 'T_BOOLEAN' or kind == 'T_NULL' then return value end
  if kind == 'T_OBJ_BEGIN' then return decode_object(state) end
  if kind == 'T_ARR_BEGIN' then return decode_array(state) end
  return refuse_token(state, 'value', kind, value)
end

local function decode(settings, text)
  if #text >= 2 and (byte(text, 1) == 0 or byte(text, 2) == 0) then
    refuse('JSON parser does not support UTF-16 or UTF-32')
  end
  local state = { at = 1, depth = 0, settings = settings, start = 1, text = text }
  local result = decode_value(state, next_token(state))
  local kind, value = next_token(state)
  if kind ~= 'T_END' then refuse_token(state, 'the end', kind, value) end
  return result
end

-- One instance with settings of its own; `new` makes more.

local function integer_setting(name, lowest, highest)
  return function(settings, value)
    if value ~= nil then
      value = tonumber(value)
      if not value then refuse("bad argument #1 to '" .. name .. "' (number expected)") end
      if value < lowest or value > highest then
        refuse(format("bad argument #1 to '%s' (expected integer between %d and %d)", name, lowest, highest))
      end
      settings[name] = floor(value)
    end
    return settings[name]
  end
end

local SWITCHES = { on = true, off = false }

local function switch_setting(name, words)
  return function(settings, value)
    if type(value) == 'boolean' then
      settings[name] = value
    elseif value ~= nil then
      if SWITCHES[value] == nil and value ~= words then
        refuse("bad argument #1 to '" .. name .. "' (invalid option '" .. value .. "')")
      end
      settings[name] = value == words and words or SWITCHES[value]
    end
    return settings[name]
  end
end

local function sparse_setting(settings, convert, ratio, safe)
  if convert ~= nil then settings.encode_sparse_convert = convert == true or convert == 'on' end
  settings.encode_sparse_ratio = tonumber(ratio) or settings.encode_sparse_ratio
  settings.encode_sparse_safe = tonumber(safe) or settings.encode_sparse_safe
  return settings.encode_sparse_convert, settings.encode_sparse_ratio, settings.encode_sparse_safe
end

local new

-- An instance that scripts made for themselves raises its errors.
local function raising(instance)
  for name, f in next, instance do
    if type(f) == 'function' and name ~= 'new' then
      instance[name] = function(...)
        local result, second, third = f(...)
        if result == nil and type(second) == 'string' then error(second, 2) end
        return result, second, third
      end
    end
  end
  return instance
end

function new()
  local settings = {
    decode_invalid_numbers = true, decode_max_depth = 1000, encode_invalid_numbers = false, encode_keep_buffer = true,
    encode_max_depth = 1000, encode_number_precision = 14, encode_sparse_convert = false, encode_sparse_ratio = 2,
    encode_sparse_safe = 10,
  }
  local functions = {
    decode = decode, decode_invalid_numbers = switch_setting('decode_invalid_numbers'),
    decode_max_depth = integer_setting('decode_max_depth', 1, 2147483647), encode = encode,
    encode_invalid_numbers = switch_setting('encode_invalid_numbers', 'null'),
    encode_keep_buffer = switch_setting('encode_keep_buffer'),
    encode_max_depth = integer_setting('encode_max_depth', 1, 2147483647),
    encode_number_precision = integer_setting('encode_number_precision', 1, 14), encode_sparse_array = sparse_setting,
  }
  local instance = { null = null, _NAME = 'cjson', _VERSION = '2.1.0' }
  for name, f in next, functions do instance[name] = protected(f, settings) end
  instance.new = function() return raising(new()) end
  return instance
end

return new()
