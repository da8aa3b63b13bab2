"""The Queue panel, the marks of what comes in the grid, the menu of a look, and search by meaning, used by hand."""

from collections.abc import Iterable
from typing import Any

import pytest
from imgui_bundle import imgui

from app.preset import Preset
from app.search import Found
from app.ui import widgets
from app.ui.panels.styles import coming, said

Hands = Any
"""The class in conftest."""


@pytest.fixture
def queue(hands: Hands) -> Hands:
    hands.show("Queue")
    return hands


def tiles(hands: Hands, window: str) -> list[str]:
    return [item.label for item in hands.items if window in item.window]


def drag(hands: Hands, window: str, label: str, to: str) -> None:
    start, end = hands.find(window, label), hands.find(window, to)
    hands.point(start.x, start.y)
    hands.press()
    for share in (0.3, 0.7, 1.0):
        hands.point(start.x + (end.x - start.x) * share, end.y)
    hands.let_go()


def test_what_was_on_air_is_one_click_away(queue: Hands) -> None:
    looks = queue.desk.looks
    looks.before = [Preset(name=f"old {i}", style="silk") for i in range(14)]
    queue.frames(2)
    shown = [label for label in tiles(queue, "Queue") if label.startswith("old")]
    assert shown == [f"old {i}" for i in range(2, 14)], "the newest twelve, the newest last"
    queue.click("Queue", "old 7")
    assert queue.last_call() == ("look_again", "old 7")


def test_the_queue_is_put_in_order_and_emptied(queue: Hands) -> None:
    looks = queue.desk.looks
    looks.queue = ["dawn", "deep_sea", "night_drive"]
    queue.frames(2)
    drag(queue, "Queue/queued", "night_drive", "dawn")
    assert looks.queue == ["night_drive", "dawn", "deep_sea"]
    queue.click("Queue/queued", "dawn", button=1)
    assert looks.queue == ["night_drive", "deep_sea"]
    queue.click("Queue/queued", "deep_sea")
    assert queue.last_call() == ("choose_look", "deep_sea")
    assert looks.queue == ["night_drive"]
    queue.click("Queue", "clear next")
    assert looks.queue == []


def test_playlists_are_made_played_put_in_order_renamed_and_deleted(queue: Hands) -> None:
    looks, lists = queue.desk.looks, queue.desk.playlists
    queue.click("Queue", "##new list")
    assert lists.looks_of("list 1") == ["dawn"]
    lists.put("list 1", "deep_sea")
    queue.frames(2)
    queue.click("Queue", "play this")
    assert looks.pool == "playlist:list 1"
    drag(queue, "Queue/look of", "deep_sea", "dawn")
    assert lists.looks_of("list 1") == ["deep_sea", "dawn"]
    queue.click("Queue", "##rename")
    queue.type("late")
    queue.key(imgui.Key.enter)
    assert (lists.names, looks.pool) == (["late"], "playlist:late")
    queue.click("Queue/look of", "dawn", button=1)
    assert lists.looks_of("late") == ["deep_sea"]
    queue.click("Queue", "##delete")
    queue.click("", "Delete 'late'")
    assert (lists.names, looks.pool) == ([], "all")


def test_the_grid_says_what_comes(hands: Hands) -> None:
    looks = hands.desk.looks
    assert coming(hands.desk) == {"deep_sea": "next"}
    looks.queue = ["night_drive", "dawn", "dawn"]
    assert coming(hands.desk) == {"night_drive": "next", "dawn": "2, 3"}
    hands.desk.launch.waiting = "deep_sea"
    assert coming(hands.desk) == {"night_drive": "1", "dawn": "2, 3", "deep_sea": "next"}


def test_the_menu_of_a_look_queues_marks_and_lists_it(hands: Hands) -> None:
    looks, lists = hands.desk.looks, hands.desk.playlists

    def choose(*entries: str) -> None:
        hands.click("Styles", "deep_sea", button=1)
        for entry in entries:
            hands.click("", entry)

    choose("Queue  (E)")
    looks.queue.insert(0, "dawn")
    choose("Queue as the next")
    assert looks.queue == ["deep_sea", "dawn", "deep_sea"]
    choose("Take out of the queue")
    assert looks.queue == ["dawn", "deep_sea"]
    choose("Favourite")
    choose("Tick")
    mark = looks.marks.seen("deep_sea")
    assert (mark.favourite, mark.ticked) == (True, True)
    choose("Put into playlist", "a new one")
    assert lists.looks_of("list 1") == ["deep_sea"]
    looks.pool = "playlist:list 1"
    hands.frames(2)
    choose("Take out of 'list 1'")
    assert lists.looks_of("list 1") == []


class FakeSearch:
    """Means night_drive by anything."""

    def __init__(self) -> None:
        self.found: Found | None = Found(("night_drive", "dawn"), ("zzz",))
        self.asked: list[tuple[str, str, list[str]]] = []

    def find(self, kind: str, text: str, names: Iterable[str]) -> Found | None:
        self.asked.append((kind, text, list(names)))
        return self.found


def test_names_come_first_then_what_is_meant(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    search = hands.desk.search = FakeSearch()
    written: list[str] = []
    monkeypatch.setattr(widgets, "quiet", written.append)
    hands.key(imgui.Key.slash)
    hands.frames(2)
    hands.type("dawn")
    assert tiles(hands, "Styles/") == ["dawn", "night_drive"]
    assert "by meaning   (not understood: zzz)" in written
    assert search.asked[-1] == ("look", "dawn", ["dawn", "deep_sea", "night_drive"])
    hands.key(imgui.Key.enter, imgui.Key.mod_shift)
    assert hands.desk.looks.queue == ["dawn"]
    assert hands.desk.calls == []
    search.found = None
    written.clear()
    hands.frames(2)
    assert "looking by meaning …" in written


def test_a_tag_counts_as_a_name(hands: Hands) -> None:
    hands.desk.mark("night_drive", tags=["Late"])
    hands.key(imgui.Key.slash)
    hands.frames(2)
    hands.type("late")
    assert tiles(hands, "Styles/") == ["night_drive"]


def test_what_stands_between_names_and_meanings() -> None:
    assert said("dawn", True, Found(), False) == ""
    assert said("dawn", False, Found(), False) == "nothing is called 'dawn', and nothing is like it"
    assert said("dawn", False, Found(("a",), ("dawn",), True), True) == "with these words in their prompt"
