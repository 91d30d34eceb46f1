"""Seeded histories of commands that write, for comparing streams: none of them leaves anything to chance."""

from random import Random

TYPED_KEYS = {"a": "abc", "l": "lm", "s": "st", "h": "hi", "z": "yz"}
"""The keys that mostly hold a string, list, set, hash or sorted set."""
EVERY_KEY = "".join(TYPED_KEYS.values())
VALUES = {
    "k": list(EVERY_KEY),
    "v": ["0", "1", "7", "x", "longer-text", "3.5"],
    "f": list("pqrs"),
    "n": list("01234"),
    "b": list("01"),
    "yes": ["yes", "no"],
}
"""What else stands in braces, beside `t`, a time that no other equals by chance and that does not come."""
TIME_MIN, TIME_MAX = 10**6, 10**9

BOTH = """\
SET {a} {v}|SET {a} {v} NX|SET {a} {v} XX|SET {a} {v} GET|SET {a} {v} EX {t}|SET {a} {v} PX {t}|SET {a} {v} KEEPTTL
SET {a} {v} PXAT 1|SET {k} {v} EXAT 1|SETNX {a} {v}|SETEX {a} {t} {v}|PSETEX {a} {t} {v}|GETSET {a} {v}|GETDEL {a}
GETEX {a} EX {t}|GETEX {a} PERSIST|GETEX {a} EXAT 1|GETEX {a} PX {t}|APPEND {a} {v}|SETRANGE {a} {n} {v}
SETBIT {a} {n} {b}|BITFIELD {a} SET u4 {n} {n}|BITFIELD {a} OVERFLOW FAIL INCRBY u2 {n} 1|BITOP XOR {a} {a} {a}
BITOP NOT {a} {a}|INCR {a}|DECRBY {a} {n}|INCRBYFLOAT {a} {n}.25|MSET {a} {v} {a} {v}|MSETNX {a} {v} {a} {v}
GET {a}|DEL {k}|DEL {k} {k} none|UNLINK {k}|RENAME {k} {k}|RENAMENX {k} {k}|COPY {k} {k}|COPY {k} {k} REPLACE
COPY {k} {k} DB {b}|MOVE {k} 1|TOUCH {k}|EXPIRE {k} {t}|PEXPIRE {k} {t}|EXPIREAT {k} 1|PERSIST {k}|EXPIRE {k} 0
SELECT {b}|SWAPDB 0 1|FLUSHDB|PUBLISH c {v}|TYPE {k}|TTL {k}
LPUSH {l} {f}|RPUSH {l} {f} {f}|LPUSHX {l} {f}|LPOP {l}|RPOP {l} {n}|LSET {l} {n} {f}|LINSERT {l} BEFORE {f} {f}
LREM {l} {n} {f}|LTRIM {l} {n} -1|LTRIM {l} 0 {n}|LMOVE {l} {l} LEFT RIGHT|RPOPLPUSH {l} {l}|SORT {l} ALPHA STORE {l}
SORT {s} ALPHA STORE {l}|LRANGE {l} 0 -1
SADD {s} {f} {f}|SADD {s} {n}|SREM {s} {f}|SREM {s} {f} {n}|SMOVE {s} {s} {f}|SINTERSTORE {s} {s} {s}
SUNIONSTORE {s} {s} {s}|SDIFFSTORE {s} {s} {s}|SCARD {s}
HSET {h} {f} {v}|HSET {h} {f} {v} {f} {v}|HSETNX {h} {f} {v}|HMSET {h} {f} {v}|HDEL {h} {f} {f}|HINCRBY {h} {f} {n}
HINCRBYFLOAT {h} {f} {n}.5|HGETALL {h}
ZADD {z} {n} {f}|ZADD {z} {n} {f} {n} {f}|ZADD {z} NX {n} {f}|ZADD {z} XX CH {n} {f}|ZADD {z} GT {n} {f}
ZADD {z} LT INCR {n} {f}|ZINCRBY {z} {n} {f}|ZREM {z} {f}|ZREMRANGEBYRANK {z} 0 {n}|ZREMRANGEBYSCORE {z} {n} {n}
ZREMRANGEBYLEX {z} - [{f}|ZPOPMIN {z}|ZPOPMAX {z} {n}|ZUNIONSTORE {z} 2 {z} {s}|ZINTERSTORE {z} 2 {z} {z}
ZDIFFSTORE {z} 2 {z} {z}|ZRANGESTORE {z} {z} 0 {n}|ZRANGESTORE {z} {z} {n} {n} BYSCORE|ZCARD {z}
EVAL "return redis.call('set',KEYS[1],ARGV[1])" 1 {a} {v}
EVAL "redis.call('incr',KEYS[1]) return redis.call('expire',KEYS[2],ARGV[1])" 2 {a} {k} {t}
EVAL "return redis.call('del',KEYS[1])" 1 {k}
EVAL "redis.pcall('lpush',KEYS[1],'x') redis.pcall('sadd',KEYS[1],'y') return redis.pcall('get',KEYS[1])" 1 {k}
EVAL "redis.call('set',KEYS[1],'1','PXAT','1') return redis.call('get',KEYS[1])" 1 {k}
EVAL "redis.set_repl(0) redis.call('set',KEYS[1],'1') redis.set_repl(3) redis.call('append',KEYS[1],'2')" 1 {a}
CONFIG SET lazyfree-lazy-user-del {yes}|CONFIG SET lazyfree-lazy-expire {yes}|SCRIPT LOAD "return {n}"
"""
NEWER = """\
EXPIRE {k} {t} NX|EXPIRE {k} {t} XX|EXPIRE {k} {t} GT|PEXPIRE {k} {t} LT|SET {a} {v} NX GET|LMPOP 2 {l} {l} LEFT
LMPOP 1 {l} RIGHT COUNT {n}|ZMPOP 2 {z} {z} MIN|ZMPOP 1 {z} MAX COUNT {n}|SPUBLISH c {v}|FUNCTION FLUSH
"""
BLOCKING = """\
BLPOP {l} {l} 0|BRPOP {l} 0|BLMOVE {l} {l} left RIGHT 0|BRPOPLPUSH {l} {l} 0|BZPOPMIN {z} {z} 0|BZPOPMAX {z} 0
"""
NEWER_BLOCKING = """\
BLMPOP 0 2 {l} {l} LEFT COUNT {n}|BZMPOP 0 1 {z} MAX
"""
OTHER_TYPE_CHANCE = 0.15
TRANSACTION_CHANCE = 0.08
TRANSACTION_COMMANDS_MAX = 4


def templates(*tables: str) -> list[str]:
    """The commands of tables."""
    return [template for table in tables for line in table.splitlines() for template in line.split("|")]


class Histories:
    """Writes histories for a version: those that may block stand in transactions only, where they do not."""

    def __init__(self, version: str) -> None:
        is_newer = version != "6.2"
        self._plain = templates(BOTH, *([NEWER] if is_newer else []))
        self._queued = self._plain + templates(BLOCKING, *([NEWER_BLOCKING] if is_newer else []))

    def history(self, seed: int, length: int) -> list[list[str]]:
        """Groups of commands: one, or a transaction."""
        random = Random(seed)
        return [self._group(random) for _ in range(length)]

    def _group(self, random: Random) -> list[str]:
        if random.random() >= TRANSACTION_CHANCE:
            return [self._filled(random, self._plain)]
        count = random.randint(0, TRANSACTION_COMMANDS_MAX)
        return ["MULTI", *(self._filled(random, self._queued) for _ in range(count)), "EXEC"]

    def _filled(self, random: Random, choices: list[str]) -> str:
        template = random.choice(choices)
        words = template.split(" ")
        return " ".join(self._fill(random, word) for word in words)

    def _fill(self, random: Random, word: str) -> str:
        start, brace, rest = word.partition("{")
        if not brace:
            return word
        name, _, end = rest.partition("}")
        return start + self._value(random, name) + end

    def _value(self, random: Random, name: str) -> str:
        if name in TYPED_KEYS:
            return random.choice(EVERY_KEY if random.random() < OTHER_TYPE_CHANCE else TYPED_KEYS[name])
        if name == "t":
            return str(random.randint(TIME_MIN, TIME_MAX))
        return random.choice(VALUES[name])
