"""Feeds: the picture for other programs (virtual camera, NDI, Spout, Syphon), each switched on and off by itself.

Main thread. Each needs a library that is an extra of its own: one that is absent is listed with the line that installs
it. One that fails is switched off and says why; the show goes on.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar, Protocol

import moderngl

from app import plugins
from app.clock import Frame
from app.output import courier
from app.output.output import FEEDS, OUTPUTS, Output
from app.problems import Problems, UserError
from app.render.target import Target

SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


class Feed(Output, Protocol):
    """An output to other programs. `error` is not empty once it has ended by itself."""

    label: ClassVar[str]
    library: ClassVar[str]
    """The module it needs."""
    extra: ClassVar[str]
    """The extra of Clavilux that brings it."""
    systems: ClassVar[tuple[str, ...]]
    """Values of `sys.platform` where it exists."""
    where: str
    """Where others find it, "" while that is not known."""
    error: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One line of the list; `missing` says what has to be done before it can be switched on."""

    name: str
    label: str
    missing: str = ""


def missing(kind: type[Feed]) -> str:
    """Return what is missing for a feed here, "" for nothing."""
    if sys.platform not in kind.systems:
        return f"only on {' and '.join(SYSTEMS[system] for system in kind.systems)}"
    return "" if find_spec(kind.library) is not None else f'pip install "clavilux[{kind.extra}]"'


class Feeds:
    """All feeds; `picture` tells size and rate of the picture when one is switched on."""

    def __init__(
        self, ctx: moderngl.Context, problems: Problems, picture: Callable[[], tuple[tuple[int, int], float]]
    ) -> None:
        self._ctx, self._problems, self._picture = ctx, problems, picture
        self._running: dict[str, Feed] = {}
        self._entries: list[FeedEntry] | None = None

    @property
    def entries(self) -> list[FeedEntry]:
        """Every feed there is; looked up once."""
        if self._entries is None:
            kinds = [(name, plugins.load("output", OUTPUTS, name)) for name in FEEDS]
            self._entries = [FeedEntry(name, kind.label, missing(kind)) for name, kind in kinds]
        return self._entries

    def where(self, name: str) -> str | None:
        """Return where others find a running feed, None for one that is off."""
        return self._running[name].where if name in self._running else None

    @property
    def running(self) -> list[str]:
        """Names of those that are on."""
        return list(self._running)

    def toggle(self, name: str) -> None:
        """Switch one on or off; what stops it becomes a message."""
        if name in self._running:
            self._running.pop(name).close()
            return
        with self._problems.guard(name):
            kind: type[Feed] = plugins.load("output", OUTPUTS, name)
            if lacks := missing(kind):
                raise UserError(f"{kind.label}: {lacks}")
            (width, height), fps = self._picture()
            self._running[name] = kind(self._ctx, (width - width % 2, height - height % 2), fps)  # type: ignore[call-arg]

    def send(self, image: Target, frame: Frame) -> None:
        """Give one picture to all that are on."""
        for name, feed in list(self._running.items()):
            if feed.error:
                self._problems.report(f"{feed.label}: {feed.error}")
                self._running.pop(name).close()
            else:
                with self._problems.guard(name):
                    feed.send(image, frame)

    def close(self) -> None:
        """Switch all off, and wait for their libraries. Safe to call twice."""
        while self._running:
            self._running.popitem()[1].close()
        courier.wait()
