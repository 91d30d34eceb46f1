-- Writing JSON as lua-cjson does (deps/lua/src/lua_cjson.c json_append_data).
--
-- `null` is what stands for null. Returns encode(settings, value), which raises a table with a message.

local null = ...
local char, find, floor, format, gsub = string.char, string.find, math.floor, string.format, string.gsub
local concat, error, next, rawget, type = table.concat, error, next, rawget, type

local INFINITE = 1 / 0
local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n',
  ['\r'] = '\\r', ['\t'] = '\\t', ['\127'] = '\\u007f' }
for code = 0, 31 do
  local character = char(code)
  ESCAPES[character] = ESCAPES[character] or format('\\u%04x', code)
end

local function refuse(message)
  error({ message = message }, 0)
end

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

return encode
