"""Replay without redproof: a record as a bash script that drives redis-cli.

The steps of one client are a here-document. Several clients, and arguments that only an earlier reply tells,
need a redis-cli for each client that is fed line by line: see `conversation`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from redproof_model.keyspace.roles import Role
from redproof_properties.divergence import Divergence
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, Expire, Sleep, Step, clients_of, name_of, show
from redproof_properties.replication.judges.operated import OPERATOR

from redproof_reports.again import replay_command
from redproof_reports.conversation import converse
from redproof_reports.text import printable, shorten

_FOR_REDIS_CLI_ITSELF: Final = frozenset(
    {
        *("", "?", "CLEAR", "CONNECT", "EXIT", "HELP", "MONITOR", "PSUBSCRIBE", "PSYNC", "QUIT", "RESTART"),
        *("SSUBSCRIBE", "SUBSCRIBE", "SYNC"),
    }
)
"""Commands that redis-cli does not just send and print the reply of (redis-cli.c repl and cliSendCommand)."""

_CLIENT: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_REPEAT_OR_SETTING: Final = re.compile(r"\s*[+-]?\d+|:.*", re.DOTALL)

SEVERAL_SERVERS: Final = "Several servers, links and faults are more than a script for redis-cli has."

OPERATED: Final = "A server that is made to refuse commands, by what it lacks, is more than a script for redis-cli has."

HEAD: Final = """\
#!/usr/bin/env bash
# Divergence {id}: {command} on {target} ({server}), judged as {model}.
#
#   bash {name} [-h host] [-p port] [-s socket]    the arguments go to redis-cli
#
# The server must hold no keys and is left without any. REDIS_CLI names another redis-cli.
# The same, judged again by the model: {replay}
set -uo pipefail
"""

REFUSAL: Final = """
echo {reason} >&2
echo {advice} >&2
exit 2
"""

GUARD: Final = """
server=("${REDIS_CLI:-redis-cli}" "$@")
[ "$("${server[@]}" PING)" = PONG ] || { echo "no server that answers PING with PONG" >&2; exit 3; }
if "${server[@]}" INFO keyspace | grep -q '^db'; then
  echo "this server holds keys; give an empty one" >&2
  exit 2
fi
trap '"${server[@]}" FLUSHALL >/dev/null' EXIT
"""

TAIL: Final = """
cat <<'{delimiter}'

expected  {expected}
recorded  {actual}
{delimiter}
"""


def write_script(divergence: Divergence, record_name: str) -> str:
    """The text of the script; what redis-cli cannot carry is refused by the script with its reason."""
    replay = replay_command(record_name, divergence)
    head = HEAD.format(
        id=divergence.signature,
        command=printable(divergence.command),
        target=printable(divergence.target),
        server=printable(divergence.server),
        model=printable(divergence.model),
        name=printable(record_name.removesuffix(".json") + ".sh"),
        replay=replay,
    )
    alone = divergence.topology is None and divergence.role == Role.MASTER.value
    reason = (refusal(divergence.steps) or _operated(divergence.steps)) if alone else SEVERAL_SERVERS
    if reason is not None:
        advice = f"Use instead: {replay}"
        return head + REFUSAL.format(reason=shlex.quote(reason), advice=shlex.quote(advice))
    return head + GUARD + _body(divergence) + _tail(divergence)


def refusal(steps: Sequence[Step]) -> str | None:
    """Why redis-cli cannot run these steps, None when it can."""
    for step in steps:
        if isinstance(step, Call | Expire) and not _CLIENT.fullmatch(step.client):
            return f"{printable(step.client)} cannot be the name of a client in a script."
        if isinstance(step, Call):
            name = name_of(step.argv)
            if name in _FOR_REDIS_CLI_ITSELF or _REPEAT_OR_SETTING.fullmatch(name):
                return f"redis-cli takes {show(step)} for an order to itself and cannot send it."
    return None


def _operated(steps: Sequence[Step]) -> str | None:
    """Why nobody but the judge can bring about what lets a server refuse commands, None where no operator does."""
    return OPERATED if OPERATOR in clients_of(steps) else None


def _body(divergence: Divergence) -> str:
    calls = [step for step in divergence.steps if isinstance(step, Call)]
    if len({call.client for call in calls}) > 1 or any(isinstance(word, Seen) for call in calls for word in call.argv):
        return converse(divergence.steps, divergence.clients)
    resp3 = any(divergence.clients.get(call.client) == 3 for call in calls)
    client = f'"${{server[@]}}" --no-raw{" -3" if resp3 else ""}'
    pieces = list(_pieces(divergence.steps))
    if len(pieces) == 1:
        return f"\n{client} {pieces[0]}"
    inner = "".join(piece if piece.startswith("sleep") else f"cat {piece}" for piece in pieces)
    return f"\n{{\n{inner}}} | {client}\n"


def _pieces(steps: Sequence[Step]) -> Iterator[str]:
    """Here-documents and the pauses between them; a lone client that is blocked waits by itself."""
    for pause, group in groupby(steps, key=lambda step: isinstance(step, Sleep)):
        if pause:
            yield f"sleep {sum(step.duration_ms for step in group if isinstance(step, Sleep)) / 1000}\n"
            continue
        lines = [show(step) for step in group if isinstance(step, Call)]
        if lines:
            delimiter = _delimiter("COMMANDS", lines)
            yield "\n".join([f"<<'{delimiter}'", *lines, delimiter]) + "\n"


def _delimiter(word: str, lines: Sequence[str]) -> str:
    while word in lines:
        word += "_"
    return word


def _tail(divergence: Divergence) -> str:
    expected, actual = (shorten(printable(text)) for text in (divergence.expected, divergence.actual))
    return TAIL.format(expected=expected, actual=actual, delimiter="RECORD")
