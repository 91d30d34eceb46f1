"""The part of a replay script in which several redis-cli processes are fed line by line, in the order of a history.

Where a reply ends is told by redis-cli itself: a line with an open quote is answered `Invalid argument(s)` without a
word to the server (redis-cli.c repl), and no reply is printed so. Hence each command is followed by such a line.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from redproof_properties.grammar import Argument, Seen
from redproof_properties.history import Call, Expire, Sleep, Step, clients_of, name_of, show_argument

FUNCTIONS: Final = r"""
((BASH_VERSINFO[0] > 4)) || { echo "needs bash 5" >&2; exit 3; }
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; "${server[@]}" FLUSHALL >/dev/null; rm -rf "$folder"' EXIT
declare -A to from waiting
cursor=0 dump='""' id=0-1 me=0 reply=

connect() { # client, redis-cli's options
  mkfifo "$folder/$1.in" "$folder/$1.out"
  "${server[@]}" --no-raw "${@:2}" <"$folder/$1.in" >"$folder/$1.out" &
  exec {descriptor}>"$folder/$1.in"; to[$1]=$descriptor
  exec {descriptor}<"$folder/$1.out"; from[$1]=$descriptor
}

show_reply() { # client, seconds to wait for it (default: as long as it takes); fails when it did not come
  local line lines=() waited=(${2:+-t "$2"})
  IFS= read -r "${waited[@]}" line <&"${from[$1]}" || { waiting[$1]=yes; return 1; }
  while [ "$line" != 'Invalid argument(s)' ]; do
    lines+=("$line")
    IFS= read -r line <&"${from[$1]}" || break
  done
  waiting[$1]=
  reply=${lines[0]-}
  printf "$1: %s\n" "${lines[@]-}"
}

show_unblocked() { # client that has just been served
  local client
  for client in "${!waiting[@]}"; do
    if [ "${waiting[$client]}" ] && [ "$client" != "$1" ]; then show_reply "$client" 0.1; fi
  done
}

run() { # client, line for redis-cli
  printf '%s> %s\n' "$1" "$2"
  printf '%s\n"\n' "$2" >&"${to[$1]}"
  show_reply "$1" 0.2 || printf '%s: (no reply yet)\n' "$1"
  show_unblocked "$1"
}
"""

LAST_CHANCE: Final = r"""
for client in "${!waiting[@]}"; do
  [ -z "${waiting[$client]}" ] || show_reply "$client" 1 || printf '%s: (no reply)\n' "$client"
done
"""

_TELLS: Final = {"DUMP": Seen.DUMP, "XADD": Seen.ID, "CLIENT": Seen.CLIENT} | dict.fromkeys(
    ("SCAN", "HSCAN", "SSCAN", "ZSCAN"), Seen.CURSOR
)
_REMEMBER: Final = {
    Seen.DUMP: """case $reply in '"'*) dump=$reply ;; esac""",
    Seen.ID: """case $reply in '"'*) id=$reply ;; esac""",
    Seen.CLIENT: """case $reply in '(integer) '*) me=${reply#'(integer) '} ;; esac""",
    Seen.CURSOR: """case $reply in '1) "'*) cursor=${reply#'1) '} ;; esac""",
}
_VARIABLES: Final = {Seen.DUMP: '"$dump"', Seen.ID: '"$id"', Seen.CLIENT: '"$me"', Seen.CURSOR: '"$cursor"'}


def converse(steps: Sequence[Step], resp_of: Mapping[str, int]) -> str:
    """The functions, and a line for each step; `resp_of` gives the RESP version that each client speaks."""
    used = {word for step in steps if isinstance(step, Call) for word in step.argv if isinstance(word, Seen)}
    lines = [f"connect {client}{' -3' if resp_of.get(client) == 3 else ''}" for client in clients_of(steps)]
    for step in steps:
        match step:
            case Call(client, argv):
                lines.append(f"run {client} {_quote_line(argv)}")
                told = _told_by(argv)
                if told in used:
                    lines.append(_REMEMBER[told])
            case Sleep(duration_ms):
                lines.append(f"sleep {duration_ms / 1000}")
            case Expire(client):
                lines.append(f"show_reply {client}")
    return FUNCTIONS + "\n" + "\n".join(lines) + "\n" + LAST_CHANCE


def _told_by(argv: Sequence[Argument]) -> Seen | None:
    """What the reply to a command tells; of those of CLIENT only that of CLIENT ID does."""
    name = name_of(argv)
    if name == "CLIENT" and name_of(argv[1:2] or [b""]) != "ID":
        return None
    return _TELLS.get(name)


def _quote_line(argv: Sequence[Argument]) -> str:
    """A line for redis-cli as one word of bash: literal text in single quotes, what was seen as a variable."""
    pieces: list[str] = []
    for seen, words in groupby(argv, key=lambda word: isinstance(word, Seen)):
        shown = [_VARIABLES[word] if isinstance(word, Seen) else show_argument(word) for word in words]
        pieces.append("' '".join(shown) if seen else shlex.quote(" ".join(shown)))
    return "' '".join(pieces)
