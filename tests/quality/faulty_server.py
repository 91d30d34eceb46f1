"""The bundled server with one planted fault: `python faulty_server.py --fault NAME`, then its own arguments.

A fault in failover is `--failover-fault NAME`.
"""

from __future__ import annotations

import argparse
import sys

from planted.endings import ENDINGS
from planted.register import FAULTS
from planted.replicated.register import REPLICATION_FAULTS
from redproof_server.__main__ import main as serve


def main(words: list[str]) -> int:
    """Plant the fault, then serve; the server's own exit code."""
    plants = {name: fault.plant for name, fault in FAULTS.items()}
    plants |= {name: fault.plant for name, fault in REPLICATION_FAULTS.items()}
    plants |= ENDINGS
    parser = argparse.ArgumentParser(add_help=False)
    faults = parser.add_mutually_exclusive_group(required=True)
    faults.add_argument("--fault", choices=sorted(plants))
    faults.add_argument("--failover-fault")
    options, rest = parser.parse_known_args(words)
    if options.failover_fault is None:
        plants[options.fault]()
    else:
        # Imported only where it is asked for: judges and simulation come with it, and each server would wait for them.
        from planted.failover.register import FAILOVER_FAULTS

        FAILOVER_FAULTS[options.failover_fault].plant()
    return serve(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
