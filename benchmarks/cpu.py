"""Claim: the CPU backend draws the default network at least three times as fast as one eager pass over the whole frame.

The other one is float32 torch with all cores; its bfloat16 variant is listed beside it. Run: python -m benchmarks.cpu
"""

import sys
from contextlib import ExitStack

from rich.console import Console

from app.commands.bench import CASES, TABLE_WIDTH, table

WANTED = 3.0


def main() -> int:
    """Print the figures; return 1 if the claim doesn't hold here."""
    with ExitStack() as stack:
        rows = CASES["default"](stack)
    Console(width=TABLE_WIDTH).print(table(rows))
    return int(any(row.ratio < WANTED for row in rows if row.backend == "cpu"))


if __name__ == "__main__":
    sys.exit(main())
