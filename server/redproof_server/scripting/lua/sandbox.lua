-- The world that scripts see: Lua's harmless builtins behind tables that cannot be changed, and what calls a script.
--
-- Called with functions of the host: `host.describe(exception)` turns what a host function raised into the Lua
-- value that scripts catch; `load_replies` is the chunk of replies.lua. Returns the functions that the host calls.
-- Sources: script_lua.c luaRegisterRedisAPI, luaSetTableProtectionRecursively, luaCallFunction.

local host, errors_are_tables, load_replies, max_pattern_bytes, instructions_per_check, max_kilobytes = ...

local error, getfenv, getmetatable, ipairs, loadstring = error, getfenv, getmetatable, ipairs, loadstring
local next, pairs, pcall, rawget, rawset, select, unpack = next, pairs, pcall, rawget, rawset, select, unpack
local setfenv, setmetatable, tostring, type, xpcall = setfenv, setmetatable, tostring, type, xpcall
local create, resume = coroutine.create, coroutine.resume
local concat = table.concat
local collectgarbage, getinfo, sethook = collectgarbage, debug.getinfo, debug.sethook
local as_function = python.as_function

-- Python callables become C functions, which no script can look into; the only other userdata is cjson.null.
local function imported(functions)
  local result = {}
  for name, value in pairs(functions) do
    result[name] = type(value) == 'userdata' and name ~= 'null' and as_function(value) or value
  end
  return result
end

host = imported(host)

local SOURCE = getinfo(1, 'S').source
local READONLY = 'Attempt to modify a readonly table'

-- Tables that cannot be changed: an empty table stands before each of them.

local behind = setmetatable({}, { __mode = 'k' })

local function refuse_change()
  error(READONLY, 2)
end

local function locked(content)
  local front = setmetatable({}, { __index = content, __newindex = refuse_change })
  behind[front] = content
  return front
end

local function refuse_locked(front)
  if behind[front] then error(READONLY, 0) end
end

local function no_such_global(_, name)
  if type(name) ~= 'string' and type(name) ~= 'number' then
    error('Second argument to luaProtectedTableError must be a string or number', 2)
  end
  error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end

local REFUSE_UNKNOWN = { __index = no_such_global }
local globals = setmetatable({}, REFUSE_UNKNOWN)
local _G = locked(globals)

-- Errors of host functions are exceptions; scripts must never get hold of one.

local function caught(value)
  if type(value) == 'userdata' then return host.describe(value) end
  return value
end

local function caught_text(value)
  value = caught(value)
  if errors_are_tables and type(value) == 'table' and type(value.err) == 'string' then return value.err end
  return value
end

local function results(translate, ok, ...)
  if ok then return ok, ... end
  return false, translate((...))
end

function globals.pcall(...)
  return results(caught_text, pcall(...))
end

function globals.xpcall(f, handler)
  return xpcall(f, function(value) return handler(caught(value)) end)
end

-- Scripts that take too long or too much: a hook counts instructions and looks at memory, in coroutines too.

local spent, budget, stopped_by = 0, 0, nil

local function check_budget(event)
  if event ~= 'line' then spent = spent + instructions_per_check end
  if collectgarbage('count') > max_kilobytes then stopped_by = stopped_by or 'not enough memory' end
  if budget > 0 and spent >= budget then stopped_by = stopped_by or host.stopped() end
  if stopped_by and getinfo(2, 'S').source ~= SOURCE then
    -- From now on every line fails, so that no pcall can keep the script alive.
    sethook(check_budget, 'l')
    error(stopped_by, 0)
  end
end

local function stop(message)
  stopped_by = message
  sethook(check_budget, 'l')
end

local function start(instructions)
  spent, budget, stopped_by = 0, instructions, nil
  sethook(check_budget, '', instructions_per_check)
end

local function new_coroutine(f)
  local thread = create(f)
  sethook(thread, check_budget, '', instructions_per_check)
  return thread
end

local function packed(ok, ...)
  return ok, { ... }, select('#', ...)
end

local threads = {}
for name, value in pairs(coroutine) do threads[name] = value end
threads.create = new_coroutine

function threads.resume(...)
  return results(caught, resume(...))
end

function threads.wrap(f)
  local thread = new_coroutine(f)
  return function(...)
    local ok, values, count = packed(resume(thread, ...))
    if ok then return unpack(values, 1, count) end
    local value = caught(values[1])
    error(value, type(value) == 'string' and 2 or 0)
  end
end

-- Builtins that would open a way out, or that must see through the locked tables.

local string_metatable = getmetatable('')

function globals.getmetatable(value)
  if value == _G then return locked(REFUSE_UNKNOWN) end
  if behind[value] then return nil end
  if type(value) == 'string' then return locked(string_metatable) end
  return getmetatable(value)
end

function globals.setmetatable(value, metatable)
  refuse_locked(value)
  return setmetatable(value, metatable)
end

function globals.rawset(t, key, value)
  refuse_locked(t)
  return rawset(t, key, value)
end

function globals.rawget(t, key)
  return rawget(behind[t] or t, key)
end

function globals.next(t, key)
  return next(behind[t] or t, key)
end

function globals.pairs(t)
  return pairs(behind[t] or t)
end

local environment

function globals.getfenv(f)
  if type(f) == 'number' and f > 0 then f = f + 1 end
  local found = getfenv(f == nil and 2 or f)
  return found == environment and _G or found
end

function globals.setfenv(f, env)
  -- The host works in the globals of the thread.
  if f == 0 then error("'setfenv' cannot change environment of given object", 2) end
  if type(f) == 'number' then f = f + 1 end
  return setfenv(f, env)
end

local function as_source(text)
  -- Bytecode can break out of the interpreter: read it as the broken text that it is to Redis.
  return type(text) == 'string' and text:byte(1) == 27 and ' ' .. text or text
end

local function compile(text, name)
  local f, message = loadstring(as_source(text), name)
  if f then setfenv(f, _G) end
  return f, message
end

function globals.loadstring(text, name)
  return compile(text, name or text)
end

function globals.load(f, name)
  local pieces = {}
  repeat
    local piece = f()
    pieces[#pieces + 1] = piece
  until piece == nil or piece == ''
  return compile(concat(pieces), name or '=(load)')
end

local function changing(f)
  return function(t, ...)
    refuse_locked(t)
    return f(t, ...)
  end
end

local function bounded(f)
  return function(text, pattern, ...)
    if type(pattern) == 'string' and #pattern > max_pattern_bytes then error('pattern too complex', 2) end
    return f(text, pattern, ...)
  end
end

local function copy(library)
  local result = {}
  for name, value in pairs(library) do result[name] = value end
  return result
end

local tables = copy(table)
for _, name in ipairs { 'insert', 'remove', 'sort', 'setn' } do tables[name] = changing(table[name]) end

local strings = copy(string)
for _, name in ipairs { 'find', 'match', 'gmatch', 'gfind', 'gsub' } do strings[name] = bounded(string[name]) end
string_metatable.__index = strings

local maths = copy(math)
maths.random, maths.randomseed = host.random, host.randomseed

for _, name in ipairs {
  'assert', 'collectgarbage', 'error', 'gcinfo', 'ipairs', 'newproxy', 'rawequal', 'select', 'tonumber',
  'tostring', 'type', 'unpack', '_VERSION',
} do
  globals[name] = getfenv(1)[name]
end
globals._G = _G
if errors_are_tables then
  -- Newer versions keep from scripts what reaches environments and metatables.
  globals.getfenv, globals.newproxy, globals.setfenv = nil, nil, nil
else
  globals.print = function() end
end
globals.coroutine, globals.math = locked(threads), locked(maths)
globals.string, globals.table = locked(strings), locked(tables)

local encode = load_replies(behind, errors_are_tables)

-- Running scripts. An error is a table with its text in `err` and, where known, its source and line.

local function frame_of_script()
  local level = 3
  local frame = getinfo(level, 'Sl')
  if frame and frame.what == 'C' then level = level + 1 end
  frame = getinfo(level, 'Sl')
  while frame and frame.source == SOURCE do
    level = level + 1
    frame = getinfo(level, 'Sl')
  end
  return frame
end

local function with_place_table(value)
  value = caught(value)
  if type(value) ~= 'table' then value = { err = 'ERR ' .. tostring(value) } end
  local frame = frame_of_script()
  if frame then value.source, value.line = frame.source, frame.currentline end
  return value
end

local function with_place_text(value)
  value = caught(value)
  if type(value) ~= 'string' and type(value) ~= 'number' then
    local place = 'err_handler_def:9: '
    return '@' .. place .. place .. "attempt to concatenate local 'err' (a " .. type(value) .. ' value)'
  end
  local frame = frame_of_script()
  if frame then return frame.source .. ':' .. frame.currentline .. ': ' .. value end
  return value
end

local with_place = errors_are_tables and with_place_table or with_place_text

local function run(f, keys, arguments, sets_globals, resp, instructions)
  local call = f
  if sets_globals then
    rawset(globals, 'KEYS', keys)
    rawset(globals, 'ARGV', arguments)
  else
    call = function() return f(keys, arguments) end
  end
  start(instructions)
  local ok, value = xpcall(call, with_place)
  sethook()
  if not ok then return false, value end
  local null = resp == 3 and '_\r\n' or '$-1\r\n'
  return true, encode(value, { resp = resp, script_resp = host.script_resp(), null = null })
end

-- Libraries of functions: their code is run once, and sees nothing but a `redis` table of its own.

local function load_library(f, api, instructions)
  api = setmetatable(imported(api), REFUSE_UNKNOWN)
  local allowed = setmetatable({ redis = locked(api) }, REFUSE_UNKNOWN)
  local switch = { __index = allowed, __newindex = refuse_change }
  local front = setmetatable({}, switch)
  behind[front] = globals
  setfenv(f, front)
  start(instructions)
  local ok, value = pcall(f)
  sethook()
  switch.__index = globals
  return ok, caught(value)
end

local function where()
  local level = 3
  local frame = getinfo(level, 'Sl')
  if frame and frame.source == SOURCE then
    -- A coroutine called: what can be seen is who resumed it.
    repeat
      level = level + 1
      frame = getinfo(level, 'Sl')
    until not frame or frame.what ~= 'C' and frame.source ~= SOURCE
  end
  if not frame then return nil end
  return frame.source, frame.short_src, frame.currentline
end

-- The first script must find no trace of what was not given to it.

local function seal(libraries)
  for name, library in pairs(libraries) do globals[name] = locked(imported(library)) end
  environment = getfenv(1)
  for name in pairs(environment) do environment[name] = nil end
end

local function flattened(t)
  local values = {}
  for key, value in next, t do
    values[#values + 1] = key
    values[#values + 1] = value
  end
  return unpack(values)
end

return {
  flattened = flattened,
  collect = collectgarbage, compile = compile, load_library = load_library, run = run, seal = seal, stop = stop,
  where = where,
}
