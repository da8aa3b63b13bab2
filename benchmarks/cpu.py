"""Claim: the CPU backend beats one eager float32 pass over the whole frame.

On the default network by at least 1.4 × in float32 and, where it wins, 2 × in bfloat16.
Run: python -m benchmarks.cpu
"""

import sys
from contextlib import ExitStack

from rich.console import Console

from app.commands.bench import CASES, table
from app.render.cpu_backend import bf16_is_faster

WANTED = {"float32": 1.4, "bfloat16": 2.0}


def main() -> int:
    """Print the figures; return 1 if the claim doesn't hold here."""
    with ExitStack() as stack:
        rows = CASES["default"](stack)
    Console().print(table(rows))
    counted = [row for row in rows if row.baseline and (row.precision == "float32" or bf16_is_faster())]
    return int(any(row.ratio < WANTED[row.precision] for row in counted))


if __name__ == "__main__":
    sys.exit(main())
