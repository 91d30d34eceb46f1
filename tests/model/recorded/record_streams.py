"""Records `streams.json`: what the servers that are named put on their replication stream for a history's commands.

    python tests/model/recorded/record_streams.py redis local:redis-server suite:sid/valkey …

Each server's record has its name, and of each step the client, the command, the reply, the interval in ms in which the
server executed it, and the commands that entered the stream. Bytes are written as Latin-1.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from redproof_model.keyspace.scripts import CALL
from redproof_model.reply import Error, Null, Reply, Status
from redproof_model.versions import commands_absent, nearest_version
from redproof_properties.encoding import encode_command
from redproof_properties.replication.judges.propagated import Witness
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.parse import parse_target

PATH: Final = Path(__file__).with_name("streams.json")
BLOCKS: Final = "B"
"""The client whose commands are not answered at once."""
_PAYLOAD: Final = "<payload>"
_LAST: Final = "9" * 13

HISTORY: Final = f"""
A SET a 1 / A SET a 1 NX / A SELECT 1 / A SET a 2 / A DEL no / A SELECT 0 / A SET a 3
A SET k v EX 100 / A SET k v pxat 33177117420000 / A SETEX k 100 v / A PSETEX k 100000 v / A SET k w GET / A SETNX k x
A GETEX k EX 100 / A GETEX k PERSIST / A GETSET k y / A GETDEL k / A INCRBYFLOAT f 1.5 / A MSETEX 1 k v EX 100
A EXPIRE a 100 / A PEXPIREAT a 33177117420000 / A EXPIRE no 100 / A PERSIST a / A EXPIRE a -1
A RPUSH l a b c d e / A LTRIM l 0 -1 / A LMPOP 2 no l LEFT / A BLPOP l 1 / A BLMOVE l m RIGHT LEFT 1
A RPUSH m a / A BRPOPLPUSH m l 1
A SADD s a b c d e f g / A SADD s a / A SPOP s / A SPOP s 2 / A SPOP s 100 / A SADD s a / A SPOP s 9223372036854775807
A SADD s a / A SET d 1 PX 1 / SLEEP / A SUNIONSTORE d s
A HSET h a 1 / A HINCRBYFLOAT h a 1.5 / A HSETEX i EX 100 FIELDS 1 a 1 / A HEXPIRE i 100 FIELDS 2 a q
A HINCRBYFLOAT i a 1 / A HGETEX i PERSIST FIELDS 2 a q / A HPEXPIREAT i 1 FIELDS 1 a
A ZADD z 1 a 2 b 3 c / A ZADD z 2 b / A ZINCRBY z 1 a / A BZPOPMIN z 1 / A ZMPOP 1 z MAX COUNT 9 / A GEOADD g 1 1 a
A PFADD p a / A PFADD p a / A BITFIELD b OVERFLOW FAIL INCRBY u1 0 5 / A SETBIT b 0 0
A XADD x * f v / A XADD x {_LAST} f v / A XADD x {_LAST}-1 f v
A XADD x MAXLEN ~ 100 {_LAST}-2 f v / A XADD x {_LAST}-3 f v
A XGROUP CREATE x g 0 / A XREADGROUP GROUP g c COUNT 2 STREAMS x > / A XREADGROUP GROUP g c NOACK STREAMS x >
A XGROUP DELCONSUMER x g nobody / A XCLAIM x g e 0 {_LAST}-1 / A XACK x g {_LAST}-1 / A XTRIM x MAXLEN 1
A PUBLISH c m / A SCRIPT LOAD return / A SCRIPT FLUSH / A EVAL <call> 0 SET a 1 / A EVAL <call> 0 GET a
A MULTI / A SET a 1 / A EXEC / A MULTI / A SET a 1 / A INCR n / A EXEC / A MULTI / A GET a / A EXEC
A MULTI / A PING / A EXEC
A SELECT 5 / A MULTI / A SET a 1 / A SET b 1 / A EXEC / A FLUSHDB / A FLUSHDB / A FLUSHALL
A MULTI / A SADD s a b c / A SPOP s 2 / A EXEC
A SET a 1 / A DUMP a / A RESTORE r 100000 {_PAYLOAD} / A RESTORE r 1 {_PAYLOAD} REPLACE ABSTTL
A SET e 1 PX 1 / SLEEP / A GET e / A SET e 1 PX 1 / SLEEP / A SET e 2 / A SET e 1 PX 1 / SLEEP
A MULTI / A SET e 3 / A EXEC / A SET e 1 PX 1 / SLEEP / A KEYS * / A SWAPDB 3 3 / A COPY a c / A RENAME a j
A SELECT 0 / B BZPOPMIN w 0 / A ZADD w 1 a / B BLMOVE v u LEFT RIGHT 0 / A RPUSH v a
A SELECT 6 / A EXEC
A HSET h a 1 b 2 / A HEXPIRE h 100 FIELDS 2 a q NX / A HEXPIRE h 100 GT FIELDS 2 a q GT / A HGETEX h FIELDS 2 a q EX 9
A HSETEX h FIELDS 1 a 1 EX 100 / A HSETEX h FXX FIELDS 1 a 1 PX 100000 FXX / A HSETEX h FIELDS 1 b 1 PXAT 1
A SET k v / A SET k w IFEQ v / A SET k v IFNE v EX 100 / A SET k w IFEQ v GET / A MSETEX 2 k v l w PX 100000
A MSETEX 1 k v EXAT 33177117420
A DELEX k IFEQ w / A DELEX k IFEQ v / A DELEX l / A SET k v / A DELEX k IFNE w / A BITOP ONE d h k
"""


def record(spelling: str) -> dict[str, Any]:
    """Run the history on a server and give its record."""
    with ExitStack() as stack:
        target = stack.enter_context(parse_target(spelling))
        version = nearest_version(target.version.family, target.version.number)
        witness = Witness(target)
        stack.callback(witness.close)
        clients = {name: stack.enter_context(target.connect()) for name in ("A", BLOCKS)}
        absent = commands_absent(version)
        payload = ""
        steps = []
        for text in HISTORY.replace("\n", " / ").split(" / "):
            words = text.strip().split(" ")
            if words == ["SLEEP"]:
                time.sleep(0.005)
            elif len(words) > 1 and words[1] not in absent:
                words = [{_PAYLOAD: payload, "<call>": CALL.decode()}.get(word, word) for word in words]
                steps.append(_step(clients[words[0]], words, witness))
                if words[1] == "DUMP":
                    payload = steps[-1]["reply"]
        return {"server": str(target.version), "model": version.name, "steps": steps}


def _step(client: Connection, words: list[str], witness: Witness) -> dict[str, Any]:
    argv = [word.encode("latin-1") for word in words[1:]]
    low_ms = time.time_ns() // 1_000_000
    client.send(encode_command(argv))
    if words[0] == BLOCKS:
        time.sleep(0.02)
        reply = None
    else:
        reply = _json(client.receive())
    high_ms = time.time_ns() // 1_000_000
    stream = [[word.decode("latin-1") for word in command] for command in witness.take()]
    return {"client": words[0], "argv": words[1:], "reply": reply, "ms": [low_ms, high_ms], "stream": stream}


def _json(reply: Reply) -> Any:
    match reply:
        case bytes():
            return reply.decode("latin-1")
        case int():
            return reply
        case list():
            return [_json(item) for item in reply]
        case Status(text):
            return {"status": text.decode("latin-1")}
        case Error(text):
            return {"error": text.decode("latin-1")}
        case Null():
            return {"null": reply.value}
    raise TypeError(f"no reply of RESP2: {reply!r}")


if __name__ == "__main__":
    records = [record(spelling) for spelling in sys.argv[1:]]
    lines = ",\n".join(
        json.dumps({**each, "steps": None})[:-5]
        + "[\n"
        + ",\n".join(json.dumps(step) for step in each["steps"])
        + "\n]}"
        for each in records
    )
    PATH.write_text(f"[\n{lines}\n]\n")
