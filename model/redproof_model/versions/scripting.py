"""What differs between versions in scripts, mostly the texts of errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFacts:
    """The facts of a version, read in `scripting.c`, later `eval.c` and `script_lua.c`, and seen on running servers."""

    failed: bytes
    """What a script that fails answers: `%(error)s` is what it failed with, `%(sha)s` the digest of its text."""
    function_failed: bytes
    """The same of a function, by its name."""
    raised: bytes
    """What `error('boom')` and its like fail with."""
    unknown_command: bytes
    wrong_arity: bytes
    no_arguments: bytes
    not_allowed: bytes
    not_compiled: bytes
    unknown_script: bytes
    error_reply_has_code: bool
    """`redis.error_reply` puts `ERR` before a text of one word, and takes a dash away."""
    big_numbers: bool
    flush_options: bool
    wait_allowed: bool
    """Scripts may call WAIT, which then does not block."""
    refused: bytes
    """What a script gets to hear of a command that is refused, as its clients are refused writes."""
    errors_are_trimmed: bool
    """Blanks at the end of the error that a script returns are not sent."""
    minds_replicas: bool
    """A script that writes is refused where there are too few good replicas."""
    arguments_stay_text: bool
    """A number that a script sets as a string is kept as text, not as an integer."""


SCRIPTS_6_0: Final = ScriptFacts(
    failed=b"ERR Error running script (call to f_%(sha)s): @user_script:1: %(error)s",
    function_failed=b"%(error)s script: %(function)s, on @user_function:2.",
    raised=b"user_script:1: %s",
    unknown_command=b"@user_script: 1: Unknown Redis command called from Lua script",
    wrong_arity=b"@user_script: 1: Wrong number of args calling Redis command From Lua script",
    no_arguments=b"@user_script: 1: Please specify at least one argument for redis.call()",
    not_allowed=b"@user_script: 1: This Redis command is not allowed from scripts",
    not_compiled=b"ERR Error compiling script (new function): user_script:2: unexpected symbol near 'end'",
    unknown_script=b"NOSCRIPT No matching script. Please use EVAL.",
    error_reply_has_code=False,
    big_numbers=False,
    flush_options=False,
    wait_allowed=False,
    refused=b"@user_script: 1: -%s\r\n",
    errors_are_trimmed=False,
    minds_replicas=False,
    arguments_stay_text=False,
)
SCRIPTS_6_2: Final = replace(
    SCRIPTS_6_0,
    not_compiled=b"ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'",
    flush_options=True,
    errors_are_trimmed=True,
    minds_replicas=True,
)
SCRIPTS_7_0: Final = replace(
    SCRIPTS_6_2,
    failed=b"%(error)s script: %(sha)s, on @user_script:1.",
    raised=b"ERR user_script:1: %s",
    refused=b"%s",
    unknown_command=b"ERR Unknown Redis command called from script",
    wrong_arity=b"ERR Wrong number of args calling Redis command from script",
    no_arguments=b"ERR Please specify at least one argument for this redis lib call",
    not_allowed=b"ERR This Redis command is not allowed from script",
    error_reply_has_code=True,
    big_numbers=True,
)
SCRIPTS_7_2: Final = replace(SCRIPTS_7_0, wait_allowed=True)
SCRIPTS_REDICT_7_3: Final = replace(
    SCRIPTS_7_2,
    unknown_command=b"ERR Unknown Redict command called from script",
    wrong_arity=b"ERR Wrong number of args calling Redict command from script",
    no_arguments=b"ERR Please specify at least one argument for this redict lib call",
    not_allowed=b"ERR This Redict command is not allowed from script",
)
SCRIPTS_VALKEY_8_0: Final = replace(
    SCRIPTS_7_2,
    unknown_command=b"ERR Unknown command called from script",
    wrong_arity=b"ERR Wrong number of args calling command from script",
    no_arguments=b"ERR Please specify at least one argument for this call",
    unknown_script=b"NOSCRIPT No matching script.",
)
SCRIPTS_VALKEY_9_1: Final = replace(
    SCRIPTS_VALKEY_8_0,
    failed=b"%(error)s script: on @user_script:1.",
    function_failed=b"%(error)s script: on @user_function:2.",
    not_allowed=b"ERR This Valkey command is not allowed from script",
    arguments_stay_text=True,
)
