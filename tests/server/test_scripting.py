"""Scripts and functions: conversions, errors in the words of each version, the sandbox and its bounds."""

import sys
from collections.abc import Callable

import pytest
from redproof_server.engine.client import Client
from redproof_server.scripting import interpreter

Ask = Callable[..., bytes]

SHA_OF_RETURN_1 = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
SHA_OF_NOSUCH = b"206396248e12c6e742fd7296250433c8d7343b74"
UNKNOWN = {
    "6.2": b"-ERR Error running script (call to f_%b): @user_script:1: @user_script: 1: "
    b"Unknown Redis command called from Lua script\r\n",
    "7.0": b"-ERR Unknown Redis command called from script script: %b, on @user_script:1.\r\n",
}


@pytest.fixture
def evaluate(ask: Ask) -> Ask:
    """Runs a script, without keys unless they are given."""
    return lambda script, *words: ask("EVAL", script, *(words or ("0",)))


@pytest.mark.parametrize(
    ("script", "reply"),
    [
        ("return 3.99", b":3\r\n"),
        ("return 'a'", b"$1\r\na\r\n"),
        ("return {1, {2, 'x'}, nil, 4}", b"*2\r\n:1\r\n*2\r\n:2\r\n$1\r\nx\r\n"),
        ("return true", b":1\r\n"),
        ("return false", b"$-1\r\n"),
        ("return {ok='fine'}", b"+fine\r\n"),
        ("return {err='MINE no'}", b"-MINE no\r\n"),
        ("return {double=0.5}", b"$3\r\n0.5\r\n"),
        ("return {map={a=1}}", b"*2\r\n$1\r\na\r\n:1\r\n"),
        ("return redis.call('set', 'k', 1e20)", b"+OK\r\n"),
        ("return redis.call('get', 'nothing')", b"$-1\r\n"),
        ("return redis.sha1hex('')", b"$40\r\nda39a3ee5e6b4b0d3255bfef95601890afd80709\r\n"),
        ("return math.random(1000)", b":"),
    ],
)
def test_values_of_lua_become_replies(evaluate: Ask, script: str, reply: bytes) -> None:
    assert evaluate(script).startswith(reply)


def test_keys_and_arguments_are_divided_by_their_number(evaluate: Ask) -> None:
    reply = evaluate("return {KEYS[1], #KEYS, ARGV[1], #ARGV}", "1", "k", "a", "b")
    assert reply == b"*4\r\n$1\r\nk\r\n:1\r\n$1\r\na\r\n:2\r\n"


def test_numbers_reach_commands_with_17_digits(evaluate: Ask) -> None:
    assert evaluate("return redis.call('echo', 0.1)") == b"$19\r\n0.10000000000000001\r\n"


def test_errors_are_told_in_the_version_s_words(version: str, evaluate: Ask) -> None:
    assert evaluate("return redis.call('nosuch')") == UNKNOWN[version] % SHA_OF_NOSUCH


def test_pcall_returns_errors_that_call_raises(ask: Ask, evaluate: Ask) -> None:
    ask("SET", "s", "x")
    script = "local r = redis.pcall('lpush', 's', 1) return r.err:sub(1, 9)"
    assert evaluate(script) == b"$9\r\nWRONGTYPE\r\n"
    script = "local ok, e = pcall(redis.call, 'lpush', 's', 1) return {tostring(ok), e:sub(1, 9)}"
    assert evaluate(script) == b"*2\r\n$5\r\nfalse\r\n$9\r\nWRONGTYPE\r\n"


@pytest.mark.parametrize(
    "script",
    [
        "x = 1",
        "_G.x = 1",
        "rawset(_G, 'x', 1)",
        "string.x = 1",
        "redis.call = nil",
        "setmetatable(_G, {})",
        "table.insert(math, 1)",
        "getmetatable('').__index = {}",
        "return x",
        "return io",
        "return os.clock()",
        "return debug",
        "return python",
        "return package",
        "require('os')",
        "dofile('x')",
    ],
)
def test_scripts_cannot_leave_or_change_their_world(evaluate: Ask, script: str) -> None:
    assert evaluate(script).startswith(b"-ERR")
    assert evaluate("return ('x'):rep(2) .. type(redis.call)") == b"$10\r\nxxfunction\r\n"


def test_exceptions_of_the_host_never_reach_a_script(evaluate: Ask) -> None:
    catches = [
        "local ok, e = pcall(redis.call, 'nosuch') return type(e)",
        "local e = select(2, xpcall(function() redis.call('nosuch') end, function(e) return type(e) end)) return e",
        "local c = coroutine.create(function() redis.call('nosuch') end) return type(select(2, coroutine.resume(c)))",
        "local f = coroutine.wrap(function() redis.call('nosuch') end) return type(select(2, pcall(f)))",
        "return type(select(2, pcall(cjson.decode, '[')))",
        "return type(select(2, pcall(struct.pack, 'z')))",
    ]
    for script in catches:
        assert evaluate(script) in (b"$6\r\nstring\r\n", b"$5\r\ntable\r\n")


def test_bytecode_is_read_as_broken_text(evaluate: Ask) -> None:
    script = "local f, e = loadstring(string.dump(function() end)) return tostring(f) .. type(e)"
    assert evaluate(script) == b"$9\r\nnilstring\r\n"


@pytest.mark.parametrize(
    "script",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local c = coroutine.create(function() while true do end end) while true do coroutine.resume(c) end",
        "local f = coroutine.wrap(function() while true do end end) f()",
    ],
)
def test_a_script_that_does_not_end_is_stopped(ask: Ask, evaluate: Ask, script: str) -> None:
    ask("CONFIG", "SET", "lua-time-limit", "10")
    assert b"Script stopped" in evaluate(script)
    assert ask("PING") == b"+PONG\r\n"


@pytest.mark.parametrize(
    "script",
    [
        "local t = {} for i = 1, 1e9 do t[i] = 'x' .. i end",
        "local s = 'x' while true do s = s .. s end",
    ],
)
def test_a_script_that_takes_all_memory_is_stopped(monkeypatch: pytest.MonkeyPatch, evaluate: Ask, script: str) -> None:
    monkeypatch.setattr(interpreter, "MEMORY_BYTES_SOFT", 2**22)
    monkeypatch.setattr(interpreter, "MEMORY_BYTES_HARD", 2**25)
    monkeypatch.setattr(interpreter, "MEMORY_BYTES_SPARE", 2**20)
    assert b"not enough memory" in evaluate(script)
    assert evaluate("return 1") == b":1\r\n"


def test_deep_recursion_and_long_patterns_do_not_exhaust_the_stack(evaluate: Ask) -> None:
    assert b"stack overflow" in evaluate("local function f() return 1 + f() end return f()")
    assert b"pattern too complex" in evaluate("return ('a'):rep(99999):find(('a?'):rep(99999))")
    reply = evaluate("local t = {} t[1] = t return t")
    assert reply.count(b"*1\r\n") == 7995
    assert reply.endswith(b"-ERR reached lua stack limit\r\n")


def test_math_random_repeats_in_62_and_goes_on_in_70(version: str, evaluate: Ask) -> None:
    first, second = (evaluate("return math.random(1000000)") for _ in range(2))
    assert (first == second) == (version == "6.2")


def test_scripts_are_kept_by_their_digest(ask: Ask) -> None:
    assert ask("EVALSHA", SHA_OF_RETURN_1, "0") == b"-NOSCRIPT No matching script. Please use EVAL.\r\n"
    assert ask("SCRIPT", "LOAD", "return 1") == b"$40\r\n%b\r\n" % SHA_OF_RETURN_1.encode()
    assert ask("EVALSHA", SHA_OF_RETURN_1.upper(), "0") == b":1\r\n"
    assert ask("SCRIPT", "EXISTS", SHA_OF_RETURN_1, "x") == b"*2\r\n:1\r\n:0\r\n"
    assert ask("SCRIPT", "FLUSH") == b"+OK\r\n"
    assert ask("SCRIPT", "EXISTS", SHA_OF_RETURN_1) == b"*1\r\n:0\r\n"


def test_a_script_is_atomic_for_blocked_clients_and_watchers(
    ask: Ask, evaluate: Ask, connect: Callable[[], Client]
) -> None:
    blocked, watcher = connect(), connect()
    ask("WATCH", "l", client=watcher)
    assert ask("BLPOP", "l", "0", client=blocked) == b""
    script = "redis.call('lpush', 'l', 'a') redis.call('del', 'l') return redis.call('rpush', 'l', 'b', 'c')"
    assert evaluate(script) == b":2\r\n"
    assert blocked.take_output() == b"*2\r\n$1\r\nl\r\n$1\r\nb\r\n"
    ask("MULTI", client=watcher)
    assert ask("EXEC", client=watcher) == b"*-1\r\n"


def test_a_script_works_in_its_caller_s_database_and_leaves_it_selected(ask: Ask, evaluate: Ask) -> None:
    ask("SELECT", "2")
    evaluate("redis.call('set', 'k', 'v') redis.call('select', 3)")
    assert ask("GET", "k") == b"$1\r\nv\r\n"


def test_setresp_gives_scripts_resp3(ask: Ask, evaluate: Ask) -> None:
    ask("HSET", "h", "f", "v")
    ask("ZADD", "z", "0.5", "m")
    assert evaluate("redis.setresp(3) return redis.call('hgetall', 'h').map.f") == b"$1\r\nv\r\n"
    assert evaluate("redis.setresp(3) return redis.call('zscore', 'z', 'm').double * 2") == b":1\r\n"
    assert evaluate("return redis.call('hgetall', 'h')[1]") == b"$1\r\nf\r\n"


def test_json_and_messagepack_go_around(evaluate: Ask) -> None:
    data = """local t = {1, -1, 1.5, 'x', true, {a = {}}, 2^53}"""
    assert evaluate(data + " return cjson.encode(cjson.decode(cjson.encode(t)))") == (
        b'$47\r\n[1,-1,1.5,"x",true,{"a":{}},9.007199254741e+15]\r\n'
    )
    assert evaluate(data + " return cmsgpack.unpack(cmsgpack.pack(t))[7] == 2^53") == b":1\r\n"
    assert evaluate("return cjson.encode({cjson.null, cjson.decode('null')})") == b"$11\r\n[null,null]\r\n"


@pytest.mark.parametrize("version", ["7.0"])
def test_a_read_only_script_may_not_write(ask: Ask) -> None:
    assert b"Write commands are not allowed" in ask("EVAL_RO", "return redis.call('set', 'k', 1)", "0")
    assert b"Write commands are not allowed" in ask("EVAL_RO", "return redis.call('publish', 'k', 1)", "0")
    assert ask("EVAL_RO", "return redis.call('get', 'k')", "0") == b"$-1\r\n"
    assert b"*_ro command" in ask("EVAL_RO", "#!lua\nreturn 1", "0")


LIBRARY = """#!lua name=lib
local calls = 0
redis.register_function('count', function(keys, args) calls = calls + 1 return {calls, keys, args} end)
redis.register_function{
    function_name='look', flags={'no-writes'}, callback=function(keys) return redis.call('get', keys[1]) end
}"""


@pytest.mark.parametrize("version", ["7.0"])
def test_functions_are_called_with_keys_and_arguments(ask: Ask) -> None:
    assert ask("FUNCTION", "LOAD", LIBRARY) == b"$3\r\nlib\r\n"
    assert ask("FCALL", "COUNT", "1", "k", "a") == b"*3\r\n:1\r\n*1\r\n$1\r\nk\r\n*1\r\n$1\r\na\r\n"
    assert ask("FCALL", "count", "0").startswith(b"*3\r\n:2\r\n")
    assert ask("FCALL_RO", "look", "1", "k") == b"$-1\r\n"
    assert b"*_ro command" in ask("FCALL_RO", "count", "0")
    assert ask("FCALL", "nosuch", "0") == b"-ERR Function not found\r\n"


@pytest.mark.parametrize("version", ["7.0"])
def test_a_broken_library_leaves_the_old_one(ask: Ask) -> None:
    ask("FUNCTION", "LOAD", LIBRARY)
    assert b"already exists" in ask("FUNCTION", "LOAD", "#!lua name=lib\nreturn 1")
    broken = "#!lua name=lib\nredis.register_function('x', 1)"
    assert ask("FUNCTION", "LOAD", "REPLACE", broken).startswith(b"-ERR Error registering functions")
    assert ask("FCALL", "count", "0").startswith(b"*3\r\n:1\r\n")


@pytest.mark.parametrize("version", ["7.0"])
def test_line_breaks_at_the_end_of_what_an_error_quotes_are_left_out(ask: Ask) -> None:
    assert ask("FUNCTION", "LOAD", "a\r\nb \n", LIBRARY) == b"-ERR Unknown option given: a  b \r\n"
    assert ask("EXPIRE", "k", "1", "x\r\n") == b"-ERR Unsupported option x\r\n"
    assert ask("FUNCTION", "LIST", "a\n") == b"-ERR Unknown argument a \r\n"


@pytest.mark.parametrize("version", ["7.0"])
def test_libraries_survive_a_dump(ask: Ask) -> None:
    ask("FUNCTION", "LOAD", LIBRARY)
    payload = ask("FUNCTION", "DUMP").partition(b"\r\n")[2][:-2]
    assert ask("FUNCTION", "RESTORE", payload) == b"-ERR Library lib already exists\r\n"
    assert ask("FUNCTION", "FLUSH") == b"+OK\r\n"
    assert ask("FUNCTION", "RESTORE", payload) == b"+OK\r\n"
    assert ask("FCALL", "count", "0").startswith(b"*3\r\n:1\r\n")
    assert b"checksum are wrong" in ask("FUNCTION", "RESTORE", payload[:-1] + b"x")


def test_without_lua_scripting_says_what_to_install(monkeypatch: pytest.MonkeyPatch, ask: Ask, evaluate: Ask) -> None:
    monkeypatch.setitem(sys.modules, "lupa.lua51", None)
    assert b"pip install 'redproof[lua]'" in evaluate("return 1")
    assert b"pip install 'redproof[lua]'" in ask("SCRIPT", "LOAD", "return 1")


@pytest.mark.parametrize("version", ["6.2"])
def test_an_old_version_may_be_asked_whether_no_script_exists(ask: Ask) -> None:
    assert ask("SCRIPT", "EXISTS") == b"*0\r\n"
