-- Reading JSON as lua-cjson does (deps/lua/src/lua_cjson.c json_process_value).
--
-- `null` is what stands for null. Returns decode(settings, text), which raises a table with a message.
-- A token is its kind and value; kinds that are one character stand for themselves.

local null = ...
local byte, char, find, floor, format = string.byte, string.char, string.find, math.floor, string.format
local gsub, lower, match, sub = string.gsub, string.lower, string.match, string.sub
local concat, error, next, rawset, tonumber = table.concat, error, next, rawset, tonumber

local UNESCAPES = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t' }
local TOKEN_NAMES = { ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END',
  [':'] = 'T_COLON', [','] = 'T_COMMA' }


local function refuse(message)
  error({ message = message }, 0)
end

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

return decode
