"""The child process that removes a run's containers when the run ends without doing so itself.

It reads a pipe from the run, which the kernel closes with the process that holds it. While it waits it has imported
nothing of the engine, so it is small.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Wait for the end of the run named as argument; `closed` says that nothing is left to do."""
    if sys.stdin.read() == "closed":
        return
    from redproof_properties.containers.engine import sweep

    sweep(sys.argv[1])


if __name__ == "__main__":
    main()
