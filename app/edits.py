"""Edits: what undo covers, the look on air, the bindings, marks and playlists. Main thread."""

from collections.abc import Callable

from app.control.edited import EditedBindings
from app.control.hub import Hub
from app.looks import Looks
from app.problems import Problems
from app.show.edited_marks import EditedMarks
from app.show.undo import Undo


def begin(looks: Looks, hub: Callable[[], Hub], problems: Problems, keep_marks: Callable[[], None]) -> Undo:
    """Return the undo of a show that has just begun; `hub` returns its bindings, whichever they are by then."""
    return Undo(looks.on_air, EditedBindings(hub), EditedMarks(looks, problems, keep_marks))
