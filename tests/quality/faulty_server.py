"""The bundled server with one planted fault: `python faulty_server.py --fault NAME`, then its own arguments."""

from __future__ import annotations

import argparse
import sys

from planted.register import FAULTS
from redproof_server.__main__ import main as serve


def main(words: list[str]) -> int:
    """Plant the fault, then serve; the server's own exit code."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--fault", choices=sorted(FAULTS), required=True)
    options, rest = parser.parse_known_args(words)
    FAULTS[options.fault].plant()
    return serve(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
