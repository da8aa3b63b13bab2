"""The effects' workshop: compiles effects beside the show and keeps the newest ones compiled.

Main thread, GL context current; compiling is done by the thread beside the show. Every chain of a context borrows its
programs here, so a look that comes back finds them.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import moderngl

from app.problems import UserError
from app.render import gl_calls, glsl_ways, side_thread
from app.render.effect_program import Program
from app.render.isf_glsl import Sources

KEPT = 48
"""Compiled effects that stay although no look shows them."""
REMEMBERED = 256
"""Effects of which it is known that they were compiled, or why not."""


class Workshop:
    """Belongs to one context."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx, self._calls, self._driver = ctx, gl_calls.of(ctx), glsl_ways.driver_of(ctx)
        self._programs: dict[Sources, Program] = {}
        self._done: dict[Sources, str] = {}

    def prepared(self, wanted: Iterable[Sources]) -> bool:
        """Return whether `borrow` need not compile any of these; what is missing begins as soon as the thread is free.

        True too where nothing can be compiled beside the show, and for what cannot be compiled at all.
        """
        thread = side_thread.of(self._ctx)
        missing = [sources for sources in wanted if sources not in self._programs and sources not in self._done]
        if not missing or not thread.possible:
            return True
        if not thread.busy:
            thread.begin(lambda possible: self._compile(missing, possible))
        return False

    def _compile(self, missing: list[Sources], possible: bool) -> None:
        """In the thread beside the show: compile and keep on disk; another context's program is of no use here."""
        for sources in missing:
            trouble = ""
            try:
                if possible:
                    Program(self._calls, self._driver, sources).release()
            except UserError as error:
                trouble = str(error)
            finally:  # whatever went wrong, no look waits for it for ever
                for old in list(self._done)[: 1 - REMEMBERED]:
                    del self._done[old]
                self._done[sources] = trouble

    def trouble(self, sources: Sources) -> str:
        """Return why this effect cannot be compiled, "" while nothing of the kind is known."""
        return self._done.get(sources, "")

    def borrow(self, sources: Sources) -> Program:
        """Return the compiled effect, compiled now if it has to be; `UserError` when it cannot be."""
        if trouble := self.trouble(sources):
            raise UserError(trouble)
        program = self._programs.pop(sources, None) or Program(self._calls, self._driver, sources)
        self._programs[sources] = program  # the newest last
        program.users += 1
        return program

    def give_back(self, program: Program) -> None:
        """Take a program back; the oldest that nobody uses make room."""
        program.users -= 1
        idle = [sources for sources, known in self._programs.items() if not known.users]
        for sources in idle[:-KEPT]:
            self._programs.pop(sources).release()

    def close(self) -> None:
        """Free all programs."""
        for program in self._programs.values():
            program.release()
        self._programs.clear()


_workshops: "WeakKeyDictionary[moderngl.Context, Workshop]" = WeakKeyDictionary()


def of(ctx: moderngl.Context) -> Workshop:
    """Return the workshop of a context that is current now."""
    if ctx not in _workshops:
        _workshops[ctx] = Workshop(ctx)
    return _workshops[ctx]


def close(ctx: moderngl.Context) -> None:
    """End the workshop of a context about to go; its thread must have ended."""
    shop = _workshops.pop(ctx, None)
    if shop is not None:
        shop.close()
