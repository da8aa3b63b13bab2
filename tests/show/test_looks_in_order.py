"""Bags, marks and playlists: which look comes when."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.looks import PATIENCE_SECONDS, Looks
from app.playlists import Playlists
from app.preset import Preset, PresetEntry
from app.problems import Problems, UserError
from app.show import marks
from app.show.bag import Bag
from app.show.marks import Mark, Marks


@given(st.integers(2, 12), st.integers(0, 1000), st.integers(1, 6))
def test_a_bag_empties_before_anything_comes_again_and_never_the_same_twice_in_a_row(
    count: int, seed: int, rounds: int
) -> None:
    names = [f"look {i}" for i in range(count)]
    bag, now, drawn = Bag(seed), names[0], [names[0]]
    for _ in range(count * rounds - 1):
        seen = [bag.peek(names, now) for _ in range(3)]
        now = bag.draw(names, now)
        assert seen == [now] * 3, "what was announced is what comes"
        drawn.append(now)
    assert all(a != b for a, b in pairwise(drawn))
    for start in range(0, len(drawn), count):
        assert sorted(drawn[start : start + count]) == sorted(names)


def test_what_joins_and_leaves_a_bag_is_heeded() -> None:
    bag = Bag(1)
    first = bag.draw(["a", "b"], "a")
    assert first == "b"
    assert bag.draw(["a", "b", "c"], "b") == "c", "a and b have been"
    assert bag.draw(["only"], "only") == "only"


@pytest.fixture
def looks() -> Looks:
    looks = Looks(Preset(name="a", style="x"), seed=3)
    looks.entries = [PresetEntry(name, Path(f"{name}.yaml"), True) for name in "abcd"]
    return looks


def test_a_pool_is_what_was_ticked_starred_tagged_or_listed(looks: Looks) -> None:
    looks.marks = Marks(
        looks={"b": Mark(stars=4, ticked=True), "d": Mark(favourite=True, tags=["calm"], stars=2)},
        playlists={"late": ["d", "a", "gone", "d"]},
    )
    expected = {
        "all": list("abcd"), "ticked": ["b"], "favourites": ["d"], "tag:calm": ["d"], "stars:3": ["b"],
        "stars:2": ["b", "d"], "playlist:late": ["d", "a", "d"], "playlist:nope": list("abcd"), "stars:x": list("abcd"),
    }  # fmt: skip
    for pool, names in expected.items():
        looks.pool = pool
        assert looks.pooled == names, pool
    assert {"all", "ticked", "favourites", "playlist:late", "tag:calm"} == set(looks.marks.choices())


def test_next_walks_the_pool_after_the_queue(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def show(name: str, _: object, *, cut: bool = False) -> None:
        shown.append(name)
        looks.on_air.name = name

    monkeypatch.setattr(looks, "show", show)
    looks.marks.playlists["late"] = ["d", "a"]
    looks.pool, looks.queue = "playlist:late", ["c"]
    for _ in range(4):
        looks.step(1, {})
    assert shown == ["c", "d", "a", "d"]
    looks.pool, looks.order = "all", "bag"
    shown.clear()
    for _ in range(20):
        looks.step(1, {})
    assert Counter(shown[3:19]) == Counter(dict.fromkeys("abcd", 4))


def test_a_playlist_goes_on_where_it_was_left(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def show(name: str, _: object, *, cut: bool = False) -> None:
        shown.append(name)
        looks.on_air.name = name

    monkeypatch.setattr(looks, "show", show)
    looks.marks.playlists["late"] = ["d", "a", "d", "b"]
    looks.pool, looks.on_air.name = "playlist:late", "c"
    for _ in range(5):
        announced = looks.coming()
        looks.step(1, {})
        assert shown[-1] == announced
    assert shown == ["d", "a", "d", "b", "d"], "a look that is in it twice comes twice, and leads on"
    looks.enqueue("c")
    looks.enqueue("nowhere")
    assert looks.queue == ["c"]
    shown.clear()
    for _ in range(2):
        looks.step(1, {})
    assert shown == ["c", "a"], "the queue interrupts it, no more"
    looks.step(-1, {})
    assert shown[-1] == "d"
    looks.queue = ["c", "b"]
    looks.step(2, {})
    assert (shown[-1], looks.queue) == ("b", [])


def test_next_takes_what_the_shuffled_order_announced(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "show", lambda name, _, cut: setattr(looks.on_air, "name", name))
    looks.order = "bag"
    for _ in range(12):
        announced = looks.coming()
        looks.step(1, {})
        assert looks.on_air.name == announced


def test_a_look_that_cannot_be_read_does_not_block_the_way(home: Path) -> None:
    looks = Looks(Preset(name="a", style="x"))
    for name, text in (("a", "style: x"), ("b", "style: ["), ("c", "style: x")):
        (home / f"{name}.yaml").write_text(text)
    looks.entries = [PresetEntry(name, home / f"{name}.yaml", False) for name in "abc"]
    for count, broken, other in ((1, "b", "c"), (-1, "b", "a")):
        with pytest.raises(UserError, match=f"{broken}.yaml"):
            looks.step(count, {})
        assert looks.coming() == ("c" if count > 0 else "a"), "what comes next is told without it"
        looks.step(count, {})
        assert looks.on_air.name == other
    with pytest.raises(UserError):
        looks.step(1, {})
    looks.step(-1, {})
    assert looks.on_air.name == "c", "the other way it is not in between"


def test_next_while_a_look_is_made_ready_goes_on_to_the_one_after(looks: Looks, home: Path) -> None:
    looks.entries = [PresetEntry(name, home / f"{name}.yaml", False) for name in "abcd"]
    for name in "abcd":
        (home / f"{name}.yaml").write_text("style: x")
    looks.ready = lambda _: False
    for announced in ("b", "c", "d"):
        assert looks.coming() == announced
        looks.step(1, {})
        assert (looks.newest, looks.on_air.name) == (announced, "a")


def test_a_look_of_the_history_comes_again_and_none_is_lost(looks: Looks) -> None:
    for zoom in (1.0, 2.0, 3.0):
        looks.put(Preset(name="a", style="x", params={"zoom": zoom}))
    old = looks.before[1]
    looks.again(old)
    assert looks.on_air.params == {"zoom": 1.0}
    assert [look.params.get("zoom") for look in looks.before] == [None, 1.0, 2.0, 3.0]
    looks.on_air.params["zoom"] = 9.0
    assert old.params == {"zoom": 1.0}, "a copy came on air"
    looks.back()
    assert looks.on_air.params == {"zoom": 3.0}


@pytest.mark.parametrize("at_once", [True, False], ids=["ready", "waited for"])
def test_no_look_of_the_history_is_lost_by_comparing_or_going_back_and_then_elsewhere(
    looks: Looks, at_once: bool
) -> None:
    for name in "bcd":
        looks.put(Preset(name=name, style="x"))
    looks.ready = lambda _: at_once

    def names() -> list[str]:
        return [look.name for look in (*looks.before, looks.on_air)]

    looks.compare()
    looks.compare()
    assert names() == ["a", "b", "c", "d"], "as it was"
    looks.compare()
    looks.put(Preset(name="e", style="x"))
    looks.arrive(PATIENCE_SECONDS)
    assert sorted(names()) == ["a", "b", "c", "d", "e"]
    looks.back()
    looks.put(Preset(name="f", style="x"), at_once=True)
    assert [*"abcd"] == sorted(names())[:4], "the ones before are all there"
    looks.before = looks.before[:2]
    for _ in range(2):
        looks.back()
    looks.arrive(PATIENCE_SECONDS)
    assert names() == ["a"], "back twice is two looks back"


def test_playlists_are_edited_and_a_wrong_edit_is_told(looks: Looks) -> None:
    problems, kept = Problems(), list[int]()
    lists = Playlists(looks, problems, lambda: kept.append(1))
    lists.put("early", "a")
    lists.put(" early ", "b")
    lists.arrange("early", ["b", "a", "b"])
    lists.put("late", "c")
    looks.pool = "playlist:early"
    lists.rename("early", "dusk")
    assert lists.names == ["dusk", "late"]
    assert looks.pooled == ["b", "a", "b"]
    lists.rename("dusk", "late")
    lists.rename("dusk", "  ")
    lists.put("", "a")
    texts = [problem.text for problem in problems]
    assert texts == ["playlist 'late' is there already", "a playlist needs a name"]
    lists.drop("dusk")
    assert (lists.names, looks.pool, len(kept)) == (["late"], "all", 6)


def test_marks_are_kept_whole_and_a_wrong_file_names_its_line(tmp_path: Path) -> None:
    kept = Marks(looks={"b": Mark(stars=4, tags=["calm"]), "c": Mark()}, playlists={"late": ["b"]})
    path = tmp_path / "library.yaml"
    marks.save(path, kept)
    assert marks.load(path) == Marks(looks={"b": kept.looks["b"]}, playlists=kept.playlists)
    path.write_text("looks:\n  b:\n    stars: 9\n")
    with pytest.raises(UserError, match=r"library\.yaml:3: looks\.b\.stars: input should be less than or equal to 5"):
        marks.load(path)
    path.write_text("looks:\n  b: {stras: 3}\n")
    with pytest.raises(UserError, match=r"library\.yaml:2: looks\.b\.stras: unknown key 'stras'"):
        marks.load(path)
