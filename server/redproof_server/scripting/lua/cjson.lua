-- The library cjson: instances with settings of their own (deps/lua/src/lua_cjson.c lua_cjson_new).
--
-- Functions return their result, or nothing and the message of an error that the host raises at its caller.

local null, encode, decode = ...

local floor, format = math.floor, string.format
local error, next, pcall, tonumber, type = error, next, pcall, tonumber, type

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
