"""Faults in hashes."""

from __future__ import annotations

from collections.abc import Sequence

from planted.fault import fault, replace_attribute, substitute, wrap
from redproof_server.commands import hashes, sampling
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.errors import CommandError
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.values.hash import Hash
from redproof_server.protocol.replies import integer

HASHES = ("hashes",)
READS = "HGET HMGET HGETALL HVALS HSTRLEN HSCAN HINCRBY HINCRBYFLOAT HRANDFIELD"


@fault("hincrby-loses-the-sign", "HINCRBY adds the absolute value of the increment", HASHES, "HINCRBY", script=2)
def hincrby_loses_the_sign() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        return honest(client, [*args[:3], args[3].removeprefix(b"-")])

    wrap("hincrby", faulty)


@fault("hsetnx-overwrites", "HSETNX answers 0 for a field that is there, and sets it all the same", HASHES, READS)
def hsetnx_overwrites() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        hashes.hash_or_new(client, args[1]).set(args[2], args[3])
        return reply

    wrap("hsetnx", faulty)


@fault("hset-counts-updates", "HSET counts fields that were there already", HASHES, "HSET", within=500, script=3)
def hset_counts_updates() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        honest(client, args)
        return integer(len(set(args[2::2])))

    wrap("hset", faulty)


@fault(
    "hdel-counts-what-was-asked",
    "HDEL answers the number of fields asked for, not of those deleted",
    HASHES,
    "HDEL",
    within=500,
    script=3,
)
def hdel_counts_what_was_asked() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        return reply if reply == integer(0) else integer(len(args) - 2)

    wrap("hdel", faulty)


@fault(
    "hstrlen-in-characters", "HSTRLEN counts characters of UTF-8, not bytes", HASHES, "HSTRLEN", within=10_000, script=3
)
def hstrlen_in_characters() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        value = client.db.read(args[1], Hash)
        text = (value.get(args[2]) if value else None) or b""
        return integer(len(text.decode(errors="ignore")))

    wrap("hstrlen", faulty)


@fault(
    "random-fields-repeat",
    "HRANDFIELD with a positive count may give a field twice",
    HASHES,
    "HRANDFIELD SRANDMEMBER ZRANDMEMBER",
    script=3,
)
def random_fields_repeat() -> None:
    def faulty(value: sampling.Collection, count: int, random: RandomSource) -> Sequence[bytes]:
        return sampling.sample_repeated(value, min(count, len(value)), random)

    substitute(sampling.sample_distinct, faulty)


@fault(
    "hincrbyfloat-says-it-otherwise",
    "HINCRBYFLOAT of a text complains as INCRBYFLOAT does",
    HASHES,
    "HINCRBYFLOAT",
    within=500,
    script=3,
)
def hincrbyfloat_says_it_otherwise() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        try:
            return honest(client, args)
        except CommandError as refusal:
            raise CommandError(
                refusal.message.replace(b"hash value is not a float", b"value is not a valid float")
            ) from None

    wrap("hincrbyfloat", faulty)


@fault(
    "hash-converts-one-field-late",
    "A hash of 513 fields is still compact",
    HASHES,
    "OBJECT HSCAN HGETALL HKEYS HVALS HRANDFIELD",
    within=50_000,
    script=6,
)
def hash_converts_one_field_late() -> None:
    honest = Hash.set

    def faulty(value: Hash, field: bytes, text: bytes, checks_length: bool = True) -> bool:
        value._limits.hash_entries += 1
        try:
            return honest(value, field, text, checks_length)
        finally:
            value._limits.hash_entries -= 1

    replace_attribute(Hash, "set", faulty)
