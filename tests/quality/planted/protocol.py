"""Faults in what all commands share: shapes of replies, error texts and their precedence, differences of versions."""

from __future__ import annotations

from planted.fault import change_version, fault, replace_attribute, rows, substitute, wrap
from redproof_server.engine import database, lookup
from redproof_server.engine.client import Client
from redproof_server.engine.command import Command, Handler
from redproof_server.engine.server import Server
from redproof_server.protocol import replies

STRINGS = ("strings",)


@fault(
    "resp3-null-as-in-resp2",
    "Null is sent to RESP3 clients as to those of RESP2",
    STRINGS,
    "GET GETSET GETDEL GETEX MGET SET",
    resp=3,
    within=500,
    script=3,
)
def resp3_null_as_in_resp2() -> None:
    replies._NULL[3] = replies._NULL[2]


@fault(
    "resp3-hgetall-is-flat",
    "HGETALL answers RESP3 clients with an array in place of a map",
    ("hashes",),
    "HGETALL",
    resp=3,
    within=500,
    script=3,
)
def resp3_hgetall_is_flat() -> None:
    wrap("hgetall", _as_resp2)


@fault(
    "resp3-smembers-is-an-array",
    "SMEMBERS answers RESP3 clients with an array in place of a set",
    ("sets",),
    "SMEMBERS",
    resp=3,
    within=500,
    script=2,
)
def resp3_smembers_is_an_array() -> None:
    wrap("smembers", _as_resp2)


@fault(
    "resp3-hrandfield-is-flat",
    "HRANDFIELD WITHVALUES answers RESP3 clients without pairs",
    ("hashes",),
    "HRANDFIELD",
    resp=3,
    script=2,
)
def resp3_hrandfield_is_flat() -> None:
    wrap("hrandfield", _as_resp2)


@fault(
    "resp3-exec-null-as-in-resp2",
    "EXEC that fails answers RESP3 clients with the null array of RESP2",
    ("transactions", "strings"),
    "EXEC",
    resp=3,
    within=1_000,
    script=5,
)
def resp3_exec_null_as_in_resp2() -> None:
    replies._NULL_ARRAY[3] = replies._NULL_ARRAY[2]


def _as_resp2(honest: Handler, client: Client, args: list[bytes]) -> bytes:
    resp, client.resp = client.resp, 2
    try:
        return honest(client, args)
    finally:
        client.resp = resp


@fault("wrongtype-says-it-otherwise", "WRONGTYPE has another text", ("strings", "lists"), "", within=500, script=3)
def wrongtype_says_it_otherwise() -> None:
    replace_attribute(database, "WRONG_TYPE", b"WRONGTYPE Operation against a key holding the wrong type of value")


@fault(
    "arity-names-the-command-in-capitals",
    "A wrong number of arguments names the command in capitals",
    STRINGS,
    "",
    within=500,
    script=2,
)
def arity_names_the_command_in_capitals() -> None:
    honest = lookup.wrong_arity

    def faulty(server: Server, command: Command) -> bytes:
        return honest(server, command).replace(command.name, command.name.upper())

    substitute(honest, faulty)


@fault(
    "type-before-argument",
    "INCRBY looks at the key's type before it reads the increment",
    ("strings", "lists"),
    "INCRBY",
    within=200_000,
    script=3,
)
def type_before_argument() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.db.write(args[1], bytes)
        return honest(client, args)

    wrap("incrby", faulty)


@fault(
    "setrange-checks-the-type-first",
    "SETRANGE looks at the key's type before it refuses a negative offset",
    ("strings", "lists"),
    "SETRANGE",
    within=200_000,
    script=3,
)
def setrange_checks_the_type_first() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.db.write(args[1], bytes)
        return honest(client, args)

    wrap("setrange", faulty)


@fault(
    "lpop-checks-the-key-first",
    "LPOP of an absent key answers null before it looks at the count",
    ("lists",),
    "LPOP",
    within=10_000,
    script=2,
)
def lpop_checks_the_key_first() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        if len(args) == 3 and client.db.lookup(args[1]) is None:
            return replies.null_array(client.resp)
        return honest(client, args)

    wrap("lpop", faulty)


@fault("keys-end-at-nul", "Keys end at their first NUL byte", ("generic",), "", script=5)
def keys_end_at_nul() -> None:
    honest = Server.execute

    def faulty(server: Server, client: Client, command: Command, request: list[bytes]) -> bytes:
        if command.keys[0] == 1 and len(request) > 1:
            request = [request[0], request[1].partition(b"\0")[0], *request[2:]]
        return honest(server, client, command, request)

    replace_attribute(Server, "execute", faulty)


@fault(
    "62-set-get-with-nx", "6.2 takes SET with NX and GET, which came with 7.0", STRINGS, "SET", emulate="6.2", script=3
)
def set_get_with_nx_in_62() -> None:
    change_version(set_get_with_nx=True)


@fault(
    "62-has-expire-conditions",
    "6.2 takes EXPIRE with NX, XX, GT and LT, which came with 7.0",
    ("generic",),
    "EXPIRE PEXPIRE EXPIREAT PEXPIREAT",
    emulate="6.2",
    within=500,
    script=2,
)
def expire_conditions_in_62() -> None:
    for name in ("expire", "pexpire", "expireat", "pexpireat"):
        for row in rows(name):
            row.arity = -3


@fault("62-has-lmpop", "6.2 has LMPOP, which came with 7.0", ("lists",), "LMPOP", emulate="6.2", within=500, script=3)
def lmpop_in_62() -> None:
    for row in rows("lmpop"):
        row.since = (6, 2)


@fault(
    "62-says-listpack",
    "6.2 calls its compact encoding listpack as 7.0 does",
    ("hashes",),
    "OBJECT",
    emulate="6.2",
    within=500,
    script=3,
)
def listpack_in_62() -> None:
    change_version(compact_encoding=b"listpack")


@fault(
    "70-bitcount-without-units",
    "7.0 refuses BIT and BYTE after the range of BITCOUNT, as 6.2 does",
    ("bitmaps",),
    "BITCOUNT BITPOS",
    within=500,
    script=3,
)
def bit_units_not_in_70() -> None:
    change_version(bit_ranges_have_units=False)


@fault(
    "expire-says-it-otherwise",
    "SETEX and SET with a time of 0 say it in the words of 6.2",
    STRINGS,
    "SET SETEX PSETEX GETEX",
    within=500,
    script=2,
)
def expire_says_it_otherwise() -> None:
    change_version(invalid_expire=b"ERR invalid expire time in %b")
