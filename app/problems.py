"""What can go wrong and how it is told: `UserError` for what a person can fix, `Problems` for the running show.

Main thread. A problem never stops the show: `guard` keeps the last good result and counts repeats.
This is the only place that catches every exception.
"""

import difflib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("clavilux")


LONGEST_LINE = 600


class UserError(Exception):
    """A mistake a person can fix: one line naming the thing, the place and the fix.

    It is one line of bearable length whatever a stranger's file put into it; what is cut out is the middle.
    """

    def __init__(self, text: str) -> None:
        line = "".join(letter if letter.isprintable() else " " for letter in text)
        if len(line) > LONGEST_LINE:
            line = f"{line[: LONGEST_LINE - 200]} … {line[-190:]}"
        super().__init__(line)


def shown(name: str, longest: int = 80) -> str:
    """Return a stranger's name as it may stand in one line."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in name[:longest])
    return safe + ("…" if len(name) > longest else "")


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return "; did you mean 'bass'?" for the closest of `choices`, else a short list of them."""
    known = sorted(choices)
    close = difflib.get_close_matches(name[:100], known, n=1, cutoff=0.5)  # a longer one is like none
    if close:
        return f"; did you mean '{close[0]}'?"
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"; known: {shown}" if known else ""


@dataclass
class Problem:
    """One message and how often it came."""

    text: str
    count: int = 1


class Problems:
    """The show's open problems, newest last; a repeated message only raises its count."""

    KEPT = 50

    def __init__(self) -> None:
        self._by_text: dict[str, Problem] = {}
        self._called: dict[str, str] = {}
        self.said, self.times_said = "", 0
        """What was done last, in one short line for the performer: no problem, and soon gone; how many there were."""

    def call(self, folder: Path, name: str) -> None:
        """From now on tell of files in a folder as a performer knows them: "friday.clavilux: presets/night.yaml"."""
        self._called[f"{folder}{os.sep}"] = f"{name}: "

    def report(self, text: str, about: str = "") -> None:
        """Note one problem; log it the first time.

        Texts that a stranger could send without end are `about` one thing: the newest takes the place of that before.
        """
        for folder, name in self._called.items():
            text = text.replace(folder, name)
        known = self._by_text.get(about or text)
        if known is not None:
            known.text = text
            known.count += 1
            return
        log.warning("%s", text)
        while len(self._by_text) >= self.KEPT:
            del self._by_text[next(iter(self._by_text))]
        self._by_text[about or text] = Problem(text)

    def say(self, text: str) -> None:
        """Tell what was done, where it cannot be seen by itself."""
        log.info("%s", text)
        self.said, self.times_said = text, self.times_said + 1

    @contextmanager
    def guard(self, step: str) -> Iterator[None]:
        """Run one step of a frame; whatever it raises becomes a message and the show goes on."""
        try:
            yield
        except UserError as error:
            self.report(str(error))
        except Exception as error:  # the one place that may: a live picture must outlast any bug
            text = f"{step}: {str(error) or type(error).__name__}"
            if text not in self._by_text:
                log.debug("in %s", step, exc_info=error)
            self.report(text)

    def __iter__(self) -> Iterator[Problem]:
        return iter(tuple(self._by_text.values()))

    def __len__(self) -> int:
        return len(self._by_text)

    def clear(self) -> None:
        """Forget all of them (the performer has read them)."""
        self._by_text.clear()
