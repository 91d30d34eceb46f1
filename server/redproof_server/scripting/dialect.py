"""What scripts notice of the version of Redis they run in, as data: one row each."""

from dataclasses import dataclass

from redproof_server.engine.versions import Version


@dataclass(frozen=True, slots=True)
class Dialect:
    """How scripts behave in one version.

    `errors_are_tables`: errors are raised as tables with a field `err`, not as strings that say where they were.
    """

    errors_are_tables: bool
    reseeds_random: bool
    has_shebang: bool
    no_arguments: bytes
    bad_arguments: bytes
    unknown_command: bytes
    wrong_arity: bytes
    not_allowed: bytes
    read_only: bytes
    role_refused: bytes
    failed: bytes
    failed_without_place: bytes
    functions: frozenset[str]


_FUNCTIONS = frozenset(
    {
        "breakpoint",
        "call",
        "debug",
        "error_reply",
        "log",
        "pcall",
        "replicate_commands",
        "set_repl",
        "setresp",
        "sha1hex",
        "status_reply",
    }
)
_READ_ONLY = b"Write commands are not allowed from read-only scripts."

DIALECT_62 = Dialect(
    errors_are_tables=False,
    reseeds_random=True,
    has_shebang=False,
    no_arguments=b"Please specify at least one argument for redis.call()",
    bad_arguments=b"Lua redis() command arguments must be strings or integers",
    unknown_command=b"Unknown Redis command called from Lua script",
    wrong_arity=b"Wrong number of args calling Redis command From Lua script",
    not_allowed=b"This Redis command is not allowed from scripts",
    read_only=_READ_ONLY,
    role_refused=b"-%b\r\n",
    failed=b"ERR Error running script (call to f_%(name)b): %(error)b",
    failed_without_place=b"ERR Error running script (call to f_%(name)b): %(error)b",
    functions=_FUNCTIONS,
)

DIALECT_70 = Dialect(
    errors_are_tables=True,
    reseeds_random=False,
    has_shebang=True,
    no_arguments=b"Please specify at least one argument for this redis lib call",
    bad_arguments=b"Lua redis lib command arguments must be strings or integers",
    unknown_command=b"Unknown Redis command called from script",
    wrong_arity=b"Wrong number of args calling Redis command from script",
    not_allowed=b"This Redis command is not allowed from script",
    read_only=_READ_ONLY,
    role_refused=b"-%b",
    failed=b"%(error)b script: %(name)b, on %(source)b:%(line)d.",
    failed_without_place=b"ERR Error running script %(name)b, %(error).100b",
    functions=_FUNCTIONS | {"acl_check_cmd"},
)

DIALECTS = {(6, 2): DIALECT_62, (7, 0): DIALECT_70}


def dialect_of(version: Version) -> Dialect:
    """The row of an emulated version."""
    return DIALECTS[version.number]
