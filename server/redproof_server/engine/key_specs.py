"""Which arguments of a command are keys, and what it does with them (server.h keySpec).

Each line of the table is a list of specifications and the commands that have it. A specification is what happens to
the keys and where they are: `1` is argument 1, `1..-1` from it to the last argument, `1..-1/2` every other one of
these, `2#` as many as argument 2 says, from the next one on, and `?` cannot be told without running the command.
`not_key` is at a key's place without being one.
"""

from dataclasses import dataclass

_TABLE = {
    "RW,insert 1": ("append hsetnx linsert lpush lpushx rpush rpushx sadd "),
    "RO,access 1": (
        "bitcount bitfield_ro bitpos dump expiretime get getbit getrange hget hgetall hkeys hmget "
        "hrandfield hscan hvals lindex lpos lrange pexpiretime pttl smembers smismember srandmember "
        "sscan substr ttl zcount zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore "
        "zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore "
    ),
    "RW,access,update,variable_flags 1": ("bitfield set "),
    "OW,update 2; RO,access 3..-1": ("bitop "),
    "RW,access,delete 1; RW,insert 2": ("blmove brpoplpush lmove rpoplpush smove "),
    "RW,access,delete 2#": ("blmpop bzmpop "),
    "RW,access,delete 1..-2": ("blpop brpop bzpopmax bzpopmin "),
    "RO,access 1; OW,update 2": ("copy "),
    "RW,access,update 1": (
        "decr decrby getex getset hincrby hincrbyfloat incr incrby incrbyfloat move setbit zincrby "
    ),
    "RM,delete 1..-1": ("del unlink "),
    "RW,access,update 2#": ("eval evalsha fcall "),
    "RO,access 2#": ("eval_ro evalsha_ro fcall_ro "),
    "RO 1..-1": ("exists touch watch "),
    "RW,update 1": ("expire expireat hmset hset lset persist pexpire pexpireat setrange zadd "),
    "RW,access,delete 1": ("getdel lpop rpop spop zpopmax zpopmin "),
    "RW,delete 1": ("hdel lrem ltrim srem zrem zremrangebylex zremrangebyrank zremrangebyscore "),
    "RO 1": ("hexists hlen hstrlen llen scard sismember strlen type zcard "),
    "RO,access 1..1": ("lcs "),
    "RW,access,delete 1#": ("lmpop zmpop "),
    "RO,access 1..-1": ("mget sdiff sinter sunion "),
    "OW,update 1..-1/2": ("mset "),
    "OW,insert 1..-1/2": ("msetnx "),
    "RO 2": ("object|encoding object|freq object|idletime object|refcount "),
    "OW,update 1": ("psetex restore restore-asking setex "),
    "RW,access,delete 1; OW,update 2": ("rename "),
    "RW,access,delete 1; OW,insert 2": ("renamenx "),
    "OW,update 1; RO,access 2..-1": ("sdiffstore sunionstore "),
    "OW,insert 1": ("setnx "),
    "RO,access 1#": ("sintercard zdiff zinter zintercard zunion "),
    "RW,update 1; RO,access 2..-1": ("sinterstore "),
    "RO,access 1; RO,access ?; OW,update ?": ("sort "),
    "RO,access 1; RO,access ?": ("sort_ro "),
    "OW,update 1; RO,access 2#": ("zdiffstore zinterstore zunionstore "),
    "OW,update 1; RO,access 2": ("zrangestore "),
    "not_key 1": ("spublish "),
    "not_key 1..-1": ("ssubscribe sunsubscribe "),
}


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Where some keys are. `first` is None when that cannot be told; `last` counts from the first key, or from the
    end when it is negative; `is_counted` when the argument at `first` says how many keys follow it."""

    flags: tuple[str, ...]
    first: int | None
    last: int = 0
    step: int = 1
    is_counted: bool = False

    def positions(self, words: list[bytes]) -> list[int] | None:
        """Where the keys are in a request, None when they cannot be found."""
        if self.first is None:
            return None
        if self.is_counted:
            count = words[self.first] if self.first < len(words) else b""
            if not count.isdigit() or not 0 <= int(count) < len(words) - self.first:
                return None
            return list(range(self.first + 1, self.first + 1 + int(count)))
        last = self.first + self.last if self.last >= 0 else len(words) + self.last
        return list(range(self.first, last + 1, self.step)) if last < len(words) else None


def _parse(text: str) -> KeySpec:
    flags, place = text.split(" ")
    names = tuple(flags.split(","))
    if place == "?":
        return KeySpec(names, None)
    if place.endswith("#"):
        return KeySpec(names, int(place[:-1]), is_counted=True)
    span, _, step = place.partition("/")
    first, _, last = span.partition("..")
    return KeySpec(names, int(first), int(last or 0), int(step or 1))


KEY_SPECS: dict[bytes, list[KeySpec]] = {
    name.encode(): [_parse(spec) for spec in specs.split("; ")]
    for specs, names in _TABLE.items()
    for name in names.split()
}
