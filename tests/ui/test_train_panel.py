"""The Train panel used by hand: what it asks of the trainer, what it shows of a job."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from imgui_bundle import imgui
from PIL import Image

from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.problems import UserError
from app.training import shelf
from app.training.experiment import Experiment, Feature, Target
from app.training.progress import Job, JobState, JobStatus, Match, Progress
from app.ui.panels.train import EXPERIMENT, Train
from app.ui.panels.train_curves import arrays, limits
from app.ui.panels.train_editor import TRIED_STEPS
from app.ui.panels.train_jobs import state_text
from app.ui.panels.train_report import clock
from app.ui.panels.train_words import unknown_text

Hands = Any
"""The class in conftest."""
STYLE = replace(random_style(1, Arch(width=8, depth=1)), name="moss")
MATCHES = (
    Match("whole", "moss", 30, 1.0, 1.0, 0.6, 31.0, 28.0, 33.0),
    Match("whole", "red", 30, 1.0, -0.4, 0.1, 8.0, 6.0, 9.0),
)
PROGRESS = Progress(50, 200, 10.0, "256 px", 31.0, None, 0.6, 0.2, STYLE, True, MATCHES, "")
CURVE = tuple((i, 20.0 + i / 5, 18.0 + i / 8 if i % 10 == 0 else None) for i in range(50))
STATES: tuple[JobState, ...] = ("waiting", "running", "paused", "keeping", "done", "cancelled", "failed")


def status(state: JobState, name: str = "moss", **more: Any) -> JobStatus:
    job = Job(f"id of {name}", name, f"# {name}\nepochs: 3\n", Path("jobs"), Path("styles"))
    begun = {} if state == "waiting" else {"progress": PROGRESS, "curve": CURVE, "log": ("search: 24 networks",)}
    return JobStatus(job, state, **{**begun, **more})


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A reader of experiments that only knows the word 'wrong'; what it read is in the list."""
    read: list[str] = []

    def read_experiment(text: str, where: str, folder: Path) -> Experiment:
        read.append(text)
        assert folder.is_dir()
        for number, line in enumerate(text.splitlines(), 1):
            if "wrong" in line:
                raise UserError(f"{where}:{number}: wrong: unknown key")
        return Experiment((Target((Feature("moss"),)),))

    module = ModuleType("app.training.experiment_file")
    module.read_experiment = read_experiment  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app.training.experiment_file", module)
    yield read


@pytest.fixture
def train(hands: Hands, home: Path, reader: list[str]) -> Train:
    hands.show("Train")
    hands.frames(2)
    panel: Train = hands.board.panels["Train"]
    return panel


def type_into(hands: Hands, label: str, text: str) -> None:
    hands.click("Train", label)
    hands.type(text)


# ------------------------------------------------------------------ words


def test_enter_submits_what_was_typed(hands: Hands, train: Train) -> None:
    type_into(hands, "##loud", "raging storm")
    type_into(hands, "##avoid", "red")
    type_into(hands, "##prompt", "still blue water")
    hands.key(imgui.Key.enter)
    ((order, name, text, base),) = hands.desk.trainer.orders
    assert (order, name, base) == ("submit", "still_blue_water", None)
    document = yaml.safe_load(text)
    assert {target["when"] for target in document["targets"]} == {"calm", "loud"}
    assert document["targets"][0]["features"][0] == {"text": "still blue water"}
    assert document["targets"][0]["features"][1]["text"] == "red"
    assert document["targets"][0]["features"][1]["weight"] < 0
    assert document["style"]["name"] == name
    assert train.jobs.chosen(hands.desk.trainer.statuses) is hands.desk.trainer.statuses[0]
    assert hands.desk.calls == [], "what is on air stays"


def test_without_a_prompt_nothing_starts(hands: Hands, train: Train) -> None:
    hands.click("Train", "Start")
    hands.click("Train", "##prompt")
    hands.key(imgui.Key.enter)
    assert hands.desk.trainer.orders == []


def test_a_prompt_that_is_too_long_is_told(hands: Hands, train: Train) -> None:
    train.words.prompt = "moss " * 2000
    hands.click("Train", "Start")
    assert hands.desk.trainer.orders == []
    assert [p.text for p in hands.desk.problems] == ["the prompt has 9999 characters; keep it below 500"]


def test_unknown_words_are_named_while_typing(hands: Hands, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    write = imgui.text_wrapped

    def note(text: str) -> None:
        told.append(text)
        write(text)

    monkeypatch.setattr(imgui, "text_wrapped", note)
    type_into(hands, "##prompt", "Lovecraft blue")
    assert told[-1] == "'Lovecraft' is not a word this judge knows"
    train.words.judge = "openai-vit-b32"
    told.clear()
    hands.frames(2)
    assert told == [], "that judge takes any words"


def test_unknown_words_in_one_sentence() -> None:
    assert unknown_text(("abc", "def")) == "'abc', 'def' are not words this judge knows"
    assert unknown_text(tuple("abcde")).startswith("'a', 'b', 'c' … are")


def test_a_recipe_fills_the_form(hands: Hands, train: Train) -> None:
    hands.click("Train", "##recipe")
    hands.click("##Combo", "still to storm")
    assert train.words.prompt
    assert train.words.loud
    hands.click("Train", "Start")
    text = hands.desk.trainer.orders[0][2]
    assert yaml.safe_load(text)["style"]["tags"] == ["still to storm"]


def open_settings(hands: Hands) -> None:
    item = hands.find("Train", "Start")
    hands.point(item.x, item.y - 24)
    hands.press()
    hands.let_go()


def test_who_judges_and_the_guides_file_go_into_the_experiment(hands: Hands, train: Train, tmp_path: Path) -> None:
    open_settings(hands)
    hands.click("Train", "##held")
    hands.click("##Combo", "openai-rn50")
    assert train.words.held_out == "openai-rn50"
    train.words.prompt = "moss"
    hands.frames(2)
    hands.click("Train", "Start")
    train.words.judge, train.words.weights = "openai-rn50", f'"{tmp_path / "rn.pt"}"'
    hands.frames(2)
    hands.find("Train", "##weights")
    hands.click("Train", "Start")
    assert [problem.text for problem in hands.desk.problems] == [f"{tmp_path / 'rn.pt'}: no such file of weights"]
    (tmp_path / "rn.pt").write_bytes(b"weights")
    hands.click("Train", "Start")
    first, second = (yaml.safe_load(order[2]) for order in hands.desk.trainer.orders)
    assert (first["judges"], first["held_out"], "judge_weights" in first) == ("builtin", "openai-rn50", False)
    assert (second["judges"], second["held_out"]) == ("openai-rn50", "builtin-witness"), "nobody judges itself"
    assert second["judge_weights"] == str(tmp_path / "rn.pt")


def test_settings_go_into_the_experiment(hands: Hands, train: Train) -> None:
    open_settings(hands)
    hands.click("Train", "##judge")
    hands.click("##Combo", "builtin-witness")
    hands.click("Train", "##width")
    hands.click("##Combo", "64 wide")
    hands.click("Train", "dice")
    train.words.prompt = "moss"
    hands.frames(2)
    hands.click("Train", "Start")
    document = yaml.safe_load(hands.desk.trainer.orders[0][2])
    assert (document["judges"], document["held_out"]) == ("builtin-witness", "builtin")
    assert document["style"]["width"] == 64
    assert document["seed"] == train.words.seed


def test_a_picture_that_is_dropped_asks_for_its_look(hands: Hands, train: Train, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (200, 90, 20)).save(tmp_path / "Old Rust.png")
    hands.show("Look")
    hands.board.view.ask_for_picture(tmp_path / "Old Rust.png")
    hands.frames(4)
    assert hands.board.view.picture is None
    hands.click("Train", "Start")
    type_into(hands, "##prompt", "red fire")
    hands.key(imgui.Key.enter)
    alone, both = hands.desk.trainer.orders
    picture = {"image": str(tmp_path / "Old Rust.png")}
    assert (alone[1], both[1]) == ("old_rust", "red_fire")
    assert [yaml.safe_load(order[2])["targets"][0]["features"] for order in (alone, both)] == [
        [picture], [{"text": "red fire"}, picture],
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "told"), [("gone.png", "No such file"), ("words.png", "not a picture")])
def test_a_picture_that_is_none_is_told_and_not_started(
    name: str, told: str, hands: Hands, train: Train, tmp_path: Path
) -> None:
    (tmp_path / "words.png").write_text("no picture")
    hands.board.view.ask_for_picture(tmp_path / name)
    hands.frames(3)
    hands.click("Train", "Start")
    assert hands.desk.trainer.orders == []
    (problem,) = hands.desk.problems
    assert told in problem.text and name in problem.text


# ------------------------------------------------------------------ jobs


@pytest.mark.parametrize("state", STATES)
def test_a_job_is_drawn_in_every_state(hands: Hands, train: Train, state: JobState) -> None:
    problem = "out of memory; choose a smaller network" if state == "failed" else ""
    hands.desk.trainer.statuses = (status(state, problem=problem),)
    hands.frames(3)
    assert hands.find("Train", "Edit")
    assert (hands.desk.preview.asked > 0) == (state != "waiting")


BUTTONS = [
    ("running", "Pause", "pause"),
    ("paused", "Go on", "resume"),
    ("failed", "Go on", "resume"),
    ("running", "Keep", "keep"),
    ("paused", "Keep", "keep"),
]


@pytest.mark.parametrize(("state", "label", "order"), BUTTONS)
def test_a_button_orders(hands: Hands, train: Train, state: JobState, label: str, order: str) -> None:
    hands.desk.trainer.statuses = (status(state),)
    hands.frames(2)
    hands.click("Train", label)
    assert hands.desk.trainer.orders == [(order, "id of moss")]


def test_an_interrupted_job_goes_on_by_hand(hands: Hands, train: Train) -> None:
    hands.desk.trainer.statuses = (status("waiting", by_hand=True),)
    hands.frames(2)
    hands.click("Train", "Go on")
    assert hands.desk.trainer.orders == [("resume", "id of moss")]


@pytest.mark.parametrize("state", ["running", "failed"])
def test_cancel_asks_once_more(hands: Hands, train: Train, state: JobState) -> None:
    hands.desk.trainer.statuses = (status(state),)
    hands.frames(2)
    hands.click("Train", "Cancel")
    assert hands.desk.trainer.orders == []
    hands.click("##Popup", "Throw it away")
    assert hands.desk.trainer.orders == [("cancel", "id of moss")]


def test_a_finished_style_goes_on_air_with_one_click(hands: Hands, train: Train) -> None:
    hands.desk.trainer.statuses = (status("done", result=Path("styles") / "moss.safetensors"),)
    hands.frames(2)
    assert hands.desk.calls == []
    hands.click("Train", "On air")
    assert hands.desk.calls == [("choose_style", "moss")]


def test_the_job_that_trains_is_shown_until_another_is_clicked(hands: Hands, train: Train) -> None:
    jobs = (status("done", "ash"), status("running", "moss"), status("waiting", "rain"))
    hands.desk.trainer.statuses = jobs
    hands.frames(2)
    assert train.jobs.chosen(jobs) is jobs[1]
    hands.click("Train", "##id of ash")
    assert train.jobs.chosen(jobs) is jobs[0]


def test_a_hidden_panel_asks_for_no_picture(hands: Hands, train: Train) -> None:
    hands.desk.trainer.statuses = (status("running"),)
    hands.show("Look")
    before = hands.desk.preview.asked
    hands.frames(5)
    assert hands.desk.preview.asked == before


def test_a_show_without_a_trainer(hands: Hands, train: Train) -> None:
    hands.desk.trainer = None
    hands.frames(2)


def test_what_takes_its_time_before_the_first_step_is_told(
    hands: Hands, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[tuple[float, str, str]] = []
    quiet: list[str] = []
    monkeypatch.setattr("app.ui.panels.train_report._bar", lambda *bar: bars.append(bar))
    monkeypatch.setattr("app.ui.panels.train_report.widgets.quiet", lambda text, *_: quiet.append(text))
    starting = status("running", progress=None, doing="opens the judge 'builtin'", eased=True)
    assert state_text(starting) == "starting", "it cannot rest yet"
    hands.desk.trainer.statuses = (replace(starting, eased=False),)
    hands.frames(90)
    assert bars[0] == (0.0, "opens the judge 'builtin'", "0:00") and bars[-1][2] == "0:01"
    assert not any("nothing new" in text for text in quiet)
    hands.desk.frame = Frame(0, hands.desk.frame.seconds + 100.0, 1 / 60)
    hands.frames(1)
    assert any(text.startswith("nothing new for 1:4") for text in quiet)
    early = Progress(0, 200, 9.0, "sketching 90 of 360", 0.0, None, 0.6, 0.2, stage_share=0.25, stage_eta_seconds=27.0)
    hands.desk.trainer.statuses = (replace(starting, progress=early),)
    hands.frames(1)
    assert bars[-1] == (0.25, "sketching 90 of 360", "0:27 to go, then 200 steps")


def test_curves() -> None:
    guide, judge = arrays(CURVE)
    assert guide.shape == (50, 2)
    assert judge[:, 0].tolist() == [0, 10, 20, 30, 40]
    low, high = limits(guide, judge)
    assert low < 18.0
    assert high > 29.8
    flat = limits(*arrays(((0, 20.0, None), (1, 20.0, None))))
    assert flat == (19.0, 21.0)


def test_times_read_like_a_clock() -> None:
    assert [clock(s) for s in (0, 61.4, 3600, 7325)] == ["0:00", "1:01", "1 h 00", "2 h 02"]


# ------------------------------------------------------------------ experiments


def test_the_editor_names_the_line_of_a_mistake(hands: Hands, train: Train, reader: list[str]) -> None:
    train.shown = EXPERIMENT
    hands.frames(2)
    assert reader, "what it opens with is read"
    assert train.editor.problem == ""
    train.editor.edit("mine", "epochs: 3\nwrong: 1\n")
    hands.frames(2)
    assert train.editor.problem == "line 2: wrong: unknown key"
    hands.click("Train", "Start")
    assert hands.desk.trainer.orders == [], "what can't be read is not started"


def test_the_editor_tries_the_steps_frame_by_frame(hands: Hands, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def trial(_: Experiment) -> Iterator[int]:
        yield from range(5 * TRIED_STEPS)
        raise UserError("mine:2: learnrate: division by zero")

    monkeypatch.setattr("app.ui.panels.train_editor.trial", trial)
    train.shown = EXPERIMENT
    hands.frames(2)
    train.editor.edit("mine", "targets: []\nlearnrate: 1/(t-.5)\n")
    hands.frames(5)
    assert train.editor.problem == ""
    hands.frames()
    assert train.editor.problem == "line 2: learnrate: division by zero"


def test_a_failed_job_is_mended_in_the_editor(hands: Hands, train: Train) -> None:
    hands.desk.trainer.statuses = (status("failed", problem="wrong"),)
    train.shown = EXPERIMENT
    hands.frames(2)
    train.editor.edit("mine", "targets: [{features: [{text: blue}]}]\n")
    hands.frames(2)
    hands.click("Train", "Update")
    assert hands.desk.trainer.orders[0][:2] == ("update", "id of moss")


def test_typing_is_checked_after_a_rest(hands: Hands, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.panels.train_editor.PAUSE_MS", 1)
    train.shown = EXPERIMENT
    hands.frames(2)
    focus(hands)
    hands.type("wrong: 1\n")
    hands.key(imgui.Key.n)
    hands.frames(10)
    assert train.editor.text.startswith("wrong: 1")
    assert train.editor.problem.startswith("line 1:")
    assert hands.desk.calls == [], "no key of the show acts while typing"


def focus(hands: Hands) -> None:
    """Click into the text."""
    save = hands.find("Train", "Save as")
    hands.point(save.x, save.y + 80)
    hands.press()
    hands.let_go()
    hands.key(imgui.Key.home, imgui.Key.mod_ctrl)


def test_the_keys_of_the_editor(hands: Hands, train: Train) -> None:
    hands.desk.trainer.statuses = (status("running"),)
    train.shown = EXPERIMENT
    hands.frames(2)
    train.editor.edit("mine", "epochs: 3\n")
    focus(hands)
    hands.key(imgui.Key.u, imgui.Key.mod_alt)
    hands.key(imgui.Key.p, imgui.Key.mod_alt)
    hands.key(imgui.Key.s, imgui.Key.mod_alt)
    update, keep, submit = hands.desk.trainer.orders
    assert update[:2] == ("update", "id of moss")
    assert update[2].startswith("epochs: 3")
    assert keep == ("keep", "id of moss")
    assert submit[:2] == ("submit", "mine")


def test_edit_opens_the_job_in_the_editor(hands: Hands, train: Train) -> None:
    hands.desk.trainer.statuses = (status("running"),)
    hands.frames(2)
    hands.click("Train", "Edit")
    assert train.shown == EXPERIMENT
    assert train.editor.text.startswith("# moss")


def test_experiments_are_saved_and_opened(hands: Hands, train: Train) -> None:
    train.shown = EXPERIMENT
    hands.frames(2)
    train.editor.edit("mine", "epochs: 7\n")
    hands.frames(2)
    hands.click("Train", "Save as")
    hands.frames(4)
    hands.key(imgui.Key.a, imgui.Key.mod_ctrl)
    hands.type("a night")
    hands.click("##Popup", "Save")
    assert shelf.read("a_night").startswith("epochs: 7")
    train.editor.edit("other", "epochs: 9\n")
    hands.frames(2)
    hands.click("Train", "##file")
    hands.click("##Combo", "a_night")
    assert train.editor.text.startswith("epochs: 7")
    assert train.editor.name == "a_night"
