"""The first line of a script, which may declare flags (eval.c)."""

from redproof_server.engine.errors import CommandError
from redproof_server.protocol.inline import split_words

NO_WRITES, ALLOW_STALE = b"no-writes", b"allow-stale"
FLAGS = (NO_WRITES, b"allow-oom", ALLOW_STALE, b"no-cluster", b"allow-cross-slot-keys")


def read_shebang(body: bytes) -> tuple[frozenset[bytes] | None, bytes]:
    """The flags of a first line `#!lua flags=…`, and the code after it (evalExtractShebangFlags).

    Raises:
        CommandError: the line is none.
    """
    if not body.startswith(b"#!"):
        return None, body
    line, line_feed, rest = body.partition(b"\n")
    if not line_feed:
        raise CommandError(b"ERR Invalid script shebang")
    words = split_words(line)
    if not words:
        raise CommandError(b"ERR Invalid engine in script shebang")
    if words[0] != b"#!lua":
        raise CommandError(b"ERR Unexpected engine in script shebang: " + words[0])
    flags: set[bytes] = set()
    for word in words[1:]:
        if not word.startswith(b"flags="):
            raise CommandError(b"ERR Unknown lua shebang option: " + word)
        for flag in word.removeprefix(b"flags=").split(b",") if word != b"flags=" else []:
            if flag not in FLAGS:
                raise CommandError(b"ERR Unexpected flag in script shebang: " + flag)
            flags.add(flag)
    return frozenset(flags), line_feed + rest
