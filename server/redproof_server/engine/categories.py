"""The access categories of commands (acl.c ACLCommandCategories)."""

from redproof_server.engine.command import ADMIN, BLOCKING, FAST, PUBSUB, READONLY, WRITE, Command

ORDER = (
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
)
_GROUPS = {
    "string": (
        "append strlen setrange getrange substr incr decr incrby decrby incrbyfloat lcs stralgo get set setnx "
        "setex psetex getset getdel getex mget mset msetnx"
    ),
    "bitmap": "setbit getbit bitcount bitpos bitop bitfield bitfield_ro",
    "connection": "ping echo quit reset auth hello client command",
    "keyspace": (
        "scan del unlink exists touch type randomkey rename renamenx move copy dbsize object dump expire "
        "expireat pexpire pexpireat ttl pttl expiretime pexpiretime persist keys flushdb flushall swapdb "
        "restore restore-asking"
    ),
    "hash": (
        "hscan hset hmset hsetnx hget hmget hgetall hkeys hvals hlen hexists hstrlen hdel hincrby "
        "hincrbyfloat hrandfield"
    ),
    "set": (
        "sscan srandmember sinter sinterstore sintercard sunion sunionstore sdiff sdiffstore sadd srem "
        "sismember smismember scard smembers smove spop sort sort_ro"
    ),
    "sortedset": (
        "zscan zrandmember zrange zrevrange zrangebyscore zrevrangebyscore zrangebylex zrevrangebylex "
        "zrangestore zcount zlexcount zremrangebyrank zremrangebyscore zremrangebylex zunion zinter zdiff "
        "zintercard zunionstore zinterstore zdiffstore zpopmin zpopmax zmpop bzpopmin bzpopmax bzmpop zadd "
        "zincrby zrem zcard zscore zmscore zrank zrevrank sort sort_ro"
    ),
    "list": (
        "lpush rpush lpushx rpushx lpop rpop llen lrange lindex lset linsert lrem ltrim lpos lmove rpoplpush "
        "blmove brpoplpush blpop brpop blmpop lmpop sort sort_ro"
    ),
    "dangerous": "keys flushdb flushall swapdb restore restore-asking info sort sort_ro lastsave",
    "admin": "lastsave",
    "scripting": "eval evalsha eval_ro evalsha_ro script fcall fcall_ro function",
    "transaction": "multi exec discard watch unwatch",
    "blocking": "blmove brpoplpush blpop brpop blmpop bzpopmin bzpopmax bzmpop",
}
_OLDER = {"select": {"keyspace"}, "wait": {"keyspace"}, "role": {"dangerous"}}
_NEWER = {"select": {"connection"}, "wait": {"connection"}, "role": {"admin", "dangerous"}}
_CONTAINERS_WITHOUT_GROUP = {"client", "object", "script", "function"}
_BY_COMMAND: dict[str, set[str]] = {}
for _group, _names in _GROUPS.items():
    for _name in _names.split():
        _BY_COMMAND.setdefault(_name, set()).add(_group)


def categories(command: Command, subcommands_exist: bool) -> list[str]:
    """The categories of a command; those of a container belong to its subcommands where these are commands."""
    name = command.name.decode()
    found = set(_BY_COMMAND.get(name.partition("|")[0], ()))
    if subcommands_exist and name in _CONTAINERS_WITHOUT_GROUP:
        found.clear()
    found |= (_NEWER if subcommands_exist else _OLDER).get(name, set())
    is_bare = subcommands_exist and command.is_container and command.arity == -2
    flags = command.flags & FAST if is_bare else command.flags
    if flags & WRITE:
        found.add("write")
    if flags & READONLY and "scripting" not in found:
        found.add("read")
    if flags & ADMIN:
        found |= {"admin", "dangerous"}
    if flags & PUBSUB:
        found.add("pubsub")
    if flags & BLOCKING:
        found.add("blocking")
    found.add("fast" if flags & FAST else "slow")
    return [category for category in ORDER if category in found]
