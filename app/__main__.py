"""The whole program: `python -m app` is the same command as `clavilux`."""

from typing import NoReturn

from app import ending
from app.cli import main


def program() -> NoReturn:
    """Run one command, then end."""
    try:
        main()
    except SystemExit as ended:
        ending.leave(ended.code if isinstance(ended.code, int) else 0)
    ending.leave(0)


if __name__ == "__main__":
    program()
