"""A child process: reads an SMT-LIB script from its standard input and lets cvc5 run it.

Its argument is the time limit for each question, in milliseconds. What it prints is what the solver replies.
"""

from __future__ import annotations

import sys

import cvc5  # type: ignore[import-untyped]


def main() -> None:
    """Run the commands one by one, so that one which cvc5 rejects is told as it is."""
    solver = cvc5.Solver()
    solver.setOption("tlimit-per", sys.argv[1])
    symbols = cvc5.SymbolManager(solver)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "script")
    while not (command := parser.nextCommand()).isNull():
        print(command.invoke(solver, symbols), end="", flush=True)


if __name__ == "__main__":
    main()
