"""Undo and redo: any sequence of edits can be walked back and forth."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from app.control.bindings import Binding
from app.control.edited import EditedBindings
from app.control.hub import Hub
from app.looks import Looks
from app.playlists import Playlists
from app.preset import Band, EffectUse, Preset, Route
from app.problems import Problems
from app.show.edited_marks import EditedMarks
from app.show.marks import Mark, Marks
from app.show.undo import STEPS, Undo


class Time:
    """Lets frames pass over one document."""

    def __init__(self) -> None:
        self.preset = Preset(name="a", style="x")
        self.undo = Undo(self.preset)
        self.seconds = 0.0
        self.changes = 0

    def pass_by(self, seconds: float = 1.0) -> None:
        for _ in range(2):
            self.seconds += seconds / 2
            self.undo.step(self.seconds, self.changes)

    def zoom(self, value: float) -> None:
        self.preset.params["zoom"] = value
        self.pass_by()


@given(st.lists(st.floats(0.25, 4.0), min_size=1, max_size=12))
def test_every_edit_can_be_taken_back_and_made_again(values: list[float]) -> None:
    time = Time()
    states = [time.preset.model_dump()]
    for value in values:
        time.zoom(value)
        if time.preset.model_dump() != states[-1]:
            states.append(time.preset.model_dump())
    for state in reversed(states[:-1]):
        time.undo.undo()
        assert time.preset.model_dump() == state
    assert not time.undo.can_undo
    for state in states[1:]:
        time.undo.redo()
        assert time.preset.model_dump() == state
    assert not time.undo.can_redo


def test_a_slider_that_is_dragged_is_one_edit() -> None:
    time = Time()
    for step in range(30):
        time.preset.params["zoom"] = 1 + step / 30
        time.pass_by(0.03)
    time.undo.undo()
    assert time.preset.params == {}


def test_an_edit_after_undo_forgets_what_was_undone() -> None:
    time = Time()
    time.zoom(2.0)
    time.zoom(3.0)
    time.undo.undo()
    time.preset.effects.append(EffectUse(effect="bloom"))
    time.pass_by()
    assert not time.undo.can_redo
    time.undo.undo()
    assert (time.preset.params, time.preset.effects) == ({"zoom": 2.0}, [])


def test_another_look_begins_afresh_and_memory_is_bounded() -> None:
    time = Time()
    for i in range(STEPS + 50):
        time.zoom(1 + i / 1000)
    assert len(time.undo._past) == STEPS
    time.changes += 1
    time.pass_by()
    assert not time.undo.can_undo
    time.undo.undo()
    assert time.preset.params["zoom"] > 1


def test_bands_limits_and_learned_controls_are_edits_like_any_other() -> None:
    time = Time()
    time.preset.routes = [Route(source="bass", param="zoom")]
    time.pass_by()
    states = [time.preset.model_dump()]
    edits: tuple[Callable[[], object], ...] = (
        lambda: time.preset.bands.update(kick=Band(low_hz=40, high_hz=90)),
        lambda: setattr(time.preset.bands["kick"], "high_hz", 120.0),
        lambda: setattr(time.preset.routes[0], "source", "midi:Knobs:cc:1:7"),
        lambda: setattr(time.preset.routes[0], "max", 2.0),
    )
    for edit in edits:
        edit()
        time.pass_by()
        states.append(time.preset.model_dump())
    for state in reversed(states[:-1]):
        time.undo.undo()
        assert time.preset.model_dump() == state
    for state in states[1:]:
        time.undo.redo()
        assert time.preset.model_dump() == state


class Night(Time):
    """The same with looks to mark, playlists and a list of bindings."""

    def __init__(self) -> None:
        super().__init__()
        self.looks, self.hub, self.kept = Looks(self.preset), Hub(), 0
        self.problems = Problems()
        self.playlists = Playlists(self.looks, self.problems, self.keep)
        others = EditedBindings(lambda: self.hub), EditedMarks(self.looks, self.problems, self.keep)
        self.undo = Undo(self.preset, *others)
        self.pass_by()

    def keep(self) -> None:
        self.kept += 1

    def star(self, stars: int) -> None:
        self.looks.marks.looks["dawn"] = Mark(stars=stars)
        self.pass_by()

    def bind(self, source: str, target: str) -> None:
        self.hub.add(Binding(source=source, target=target))
        self.pass_by()

    def everything(self) -> object:
        bindings = [follower.binding for follower in self.hub.followers]
        return self.preset.model_dump(), self.looks.marks.model_copy(deep=True), bindings


def test_one_history_in_the_order_of_doing_wherever_the_edit_was() -> None:
    night = Night()
    acts: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: night.star(4), "stars of dawn"),
        (lambda: night.zoom(2.0), "zoom"),
        (lambda: night.bind("key:K", "blackout"), "K for blackout"),
        (lambda: night.playlists.put("late", "dawn"), "playlist late"),
        (lambda: night.playlists.rename("late", "later"), "playlist late, playlist later"),
        (lambda: night.bind("midi:Knobs:cc:1:7", "param:hue"), "cc 7 for hue"),
        (lambda: night.preset.effects.append(EffectUse(effect="bloom")), "effects"),
    )
    states = [night.everything()]
    for act, _ in acts:
        act()
        night.pass_by()
        states.append(night.everything())
    for state, (_, told) in zip(reversed(states[:-1]), reversed(acts), strict=True):
        night.undo.undo()
        assert (night.everything(), night.undo.told) == (state, f"undone: {told}")
    night.undo.undo()
    assert night.undo.told == "nothing to undo"
    for state, (_, told) in zip(states[1:], acts, strict=True):
        night.undo.redo()
        assert (night.everything(), night.undo.told) == (state, f"redone: {told}")
        night.pass_by()


def test_what_was_done_in_this_very_frame_is_taken_back() -> None:
    night = Night()
    night.looks.marks.looks["dawn"] = Mark(favourite=True)
    night.undo.undo()
    assert (night.looks.marks.looks, night.undo.told, night.kept) == ({}, "undone: favourite of dawn", 1)


def test_two_documents_edited_without_a_pause_are_two_edits() -> None:
    night = Night()
    night.preset.params["zoom"] = 2.0
    night.undo.step(night.seconds + 0.01, 0)
    night.looks.marks.looks["dawn"] = Mark(ticked=True)
    night.undo.step(night.seconds + 0.02, 0)
    night.undo.undo()
    assert (night.preset.params, night.looks.marks.looks) == ({"zoom": 2.0}, {})
    night.undo.undo()
    assert night.preset.params == {}


def test_another_look_forgets_the_edits_of_the_look_only() -> None:
    night = Night()
    night.star(3)
    night.zoom(2.0)
    night.changes += 1
    night.pass_by()
    night.undo.undo()
    assert (night.preset.params, night.looks.marks.looks, night.undo.told) == (
        {"zoom": 2.0}, {}, "undone: stars of dawn",
    )  # fmt: skip


def test_marks_that_were_loaded_after_the_start_are_no_edit() -> None:
    looks = Looks(Preset(name="a", style="x"))
    undo = Undo(looks.on_air, EditedMarks(looks, Problems(), lambda: None))
    looks.marks = Marks(looks={"dawn": Mark(stars=5)})
    undo.step(0.0, 0)
    undo.undo()
    assert looks.marks.seen("dawn").stars == 5


def test_a_playlist_that_plays_goes_on_under_the_name_it_has_again() -> None:
    night = Night()
    night.playlists.put("late", "dawn")
    night.pass_by()
    night.looks.pool = "playlist:late"
    night.playlists.rename("late", "later")
    night.pass_by()
    night.undo.undo()
    assert night.looks.pool == "playlist:late"
    night.undo.undo()
    assert night.looks.pool == "all"


def test_a_knob_that_stays_bound_is_not_forgotten() -> None:
    night = Night()
    night.bind("midi:Knobs:cc:1:7", "param:hue")
    follower = night.hub.followers[0]
    night.bind("key:K", "blackout")
    night.undo.undo()
    assert night.hub.followers == [follower]
