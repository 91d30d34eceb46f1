"""What histories are made of: the commands of each group with their arguments, as rows of the grammar."""

from __future__ import annotations

from redproof_properties.grammar import Command
from redproof_properties.vocabulary import (
    acl,
    bitmaps,
    blocking,
    clients,
    generic,
    geo,
    hash_expiry,
    hashes,
    hyperloglog,
    lists,
    pubsub,
    replication,
    scripting,
    sets,
    sorted_sets,
    streams,
    strings,
    transactions,
)

GROUPS: dict[str, tuple[Command, ...]] = {
    "acl": acl.COMMANDS,
    "bitmaps": bitmaps.COMMANDS,
    "blocking": blocking.COMMANDS,
    "clients": clients.COMMANDS,
    "functions": scripting.FUNCTIONS,
    "generic": generic.COMMANDS,
    "geo": geo.COMMANDS,
    "hash_expiry": hash_expiry.COMMANDS,
    "hashes": hashes.COMMANDS,
    "hyperloglog": hyperloglog.COMMANDS,
    "lists": lists.COMMANDS,
    "pubsub": pubsub.COMMANDS,
    "replication": replication.COMMANDS,
    "scripting": scripting.COMMANDS,
    "sets": sets.COMMANDS,
    "sorted_sets": sorted_sets.COMMANDS,
    "streams": streams.COMMANDS,
    "strings": strings.COMMANDS,
    "transactions": transactions.COMMANDS,
}
