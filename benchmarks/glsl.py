"""Claims, on any OpenGL: new networks show at once, and styles of one shape swap between two frames.

A never-seen default network shows its first frame within 2 s; another style of its shape is taken within 5 ms.
Run: python -m benchmarks.glsl
"""

import sys
from contextlib import ExitStack

from rich.console import Console

from app.commands.bench import CASES, TABLE_WIDTH, table

LIMITS_MS = {"new": 2000.0, "swap": 5.0, "lite": float("inf")}


def main() -> int:
    """Print the figures; return 1 if a claim doesn't hold here."""
    failed = False
    for case, limit_ms in LIMITS_MS.items():
        with ExitStack() as stack:
            rows = CASES[case](stack)
        Console(width=TABLE_WIDTH).print(table(rows))
        failed |= any(row.ms_median > limit_ms for row in rows)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
