"""One run in this process: what it keeps, what it obeys, what it survives."""

import errno
import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import files, style
from app.problems import UserError
from app.training import checkpoints, foreground, run, store
from app.training.experiment import Experiment
from app.training.messages import (
    Began,
    Cancel,
    Doing,
    Ended,
    Keep,
    Leave,
    Order,
    Pause,
    Remark,
    Resume,
    Told,
    Update,
    Updated,
)
from app.training.progress import Checkpoint, Job, Progress, Row
from app.training.run import run_job
from tests.training.fake_training import FAKE


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., Job]:
    def make(text: str = "steps: 50", name: str = "blue", root: str = "training") -> Job:
        return store.create(tmp_path / root, name, text, tmp_path / "styles", tmp_path)

    (tmp_path / "styles").mkdir()
    return make


class Window:
    """Stands in for the other side: keeps what is told, and gives orders when a run asks the n-th time."""

    def __init__(self, orders: dict[int, Order] | None = None) -> None:
        self.told: list[Told] = []
        self.orders = orders or {}
        self.asked = 0

    def receive(self, wait_seconds: float) -> Sequence[Order]:
        self.asked += 1
        order = self.orders.get(self.asked)
        return () if order is None else (order,)

    def run(self, job: Job, **options: Any) -> Ended:
        return run_job(job, self.told.append, self.receive, FAKE, **options)

    def of(self, kind: type[Any]) -> list[Any]:
        return [told for told in self.told if isinstance(told, kind)]


def test_a_run_ends_in_its_best_style_with_its_history_and_leaves_no_job(make_job: Callable[..., Job]) -> None:
    job, window = make_job("steps: 50\njudge: guide"), Window()
    ended = window.run(job)
    assert (ended.state, ended.problem) == ("done", "")
    assert window.told[0] == Doing("opens the judge 'guide'"), "from the beginning it is told what takes its time"
    assert ended.result == job.styles / "blue.safetensors"
    best = max(window.of(Progress), key=lambda progress: progress.guide)
    saved = style.load(ended.result)
    assert saved.header.steps == best.step and saved.header.created
    assert saved.header.flash_score == 0.25
    assert all(np.array_equal(a, b) for a, b in zip(saved.layers[0], best.style.layers[0], strict=True))
    history = json.loads((job.styles / "blue.history.json").read_text("utf-8"))
    assert [row[0] for row in history["history"]] == list(range(5, 51, 5)) and history["experiment"] == job.text
    assert not job.folder.exists() and len(list(job.styles.iterdir())) == 2


def test_a_style_that_cannot_be_measured_is_finished_all_the_same(make_job: Callable[..., Job]) -> None:
    window = Window()
    ended = window.run(make_job("seed: 404"))
    assert ended.state == "done" and ended.result is not None
    assert style.load(ended.result).header.flash_score is None
    assert [remark.text for remark in window.of(Remark)] == ["no OpenGL here"]


def test_resume_equals_an_uninterrupted_run(make_job: Callable[..., Job]) -> None:
    whole, parted = make_job("steps: 60"), make_job("steps: 60", "parted")
    first = Window().run(whole).result
    assert Window({3: Leave()}).run(parted).state == "waiting"
    later = Window()
    second = later.run(store.read_job(parted.folder)).result
    assert later.of(Began)[0].step == 15 and [row[0] for row in later.of(Began)[0].curve] == [5, 10, 15]
    assert first is not None and second is not None
    assert first.read_bytes() == second.read_bytes()
    assert next(p.step for p in later.of(Progress)) == 20


def test_the_best_of_an_earlier_part_is_kept(make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job("steps: 400")
    Window({2: Leave()}).run(job)
    best = style.load(job.folder / store.BEST)
    monkeypatch.setattr("tests.training.fake_training.FakeTraining._restore", _with_a_best_never_reached)
    result = Window().run(store.read_job(job.folder)).result
    assert result is not None and np.array_equal(style.load(result).layers[0][0], best.layers[0][0])


def _with_a_best_never_reached(training: Any, checkpoint: Any) -> None:
    training.step, training.best = checkpoint.step, 1e9


def test_keep_stops_early_and_cancel_forgets(make_job: Callable[..., Job]) -> None:
    kept = make_job()
    ended = Window({2: Keep()}).run(kept)
    assert ended.state == "done" and ended.result is not None and style.load(ended.result).header.steps <= 10
    cancelled = make_job(name="red")
    assert Window({2: Cancel()}).run(cancelled) == Ended("cancelled")
    assert not cancelled.folder.exists() and not (cancelled.styles / "red.safetensors").exists()


def test_pause_holds_until_resume(make_job: Callable[..., Job]) -> None:
    window = Window({2: Pause(), 9: Resume()})
    seen: list[int] = []

    def receive(wait_seconds: float) -> Sequence[Order]:
        seen.append(len(window.of(Progress)))
        return window.receive(wait_seconds)

    assert run_job(make_job(), window.told.append, receive, FAKE).state == "done"
    assert seen[:9] == [1, 2, 2, 2, 2, 2, 2, 2, 2] and len(window.of(Progress)) == 10


def test_update_goes_on_with_another_experiment_and_survives_a_restart(make_job: Callable[..., Job]) -> None:
    job, window = make_job(), Window({2: Update("steps: 80\njudge: other"), 4: Leave()})
    assert window.run(job).state == "waiting"
    assert window.of(Updated) == [Updated("steps: 80\njudge: other")]
    again = Window()
    again.run(store.read_job(job.folder))
    assert (again.of(Progress)[0].step, again.of(Progress)[-1].step) == (25, 80)


def test_a_wrong_update_changes_nothing(make_job: Callable[..., Job]) -> None:
    window = Window({2: Update("stepps: 80")})
    assert window.run(make_job()).state == "done"
    assert window.of(Progress)[-1].step == 50
    assert window.of(Remark) == [Remark("not updated: blue: unknown key 'stepps'", trouble=True)]


def test_an_update_while_nobody_trains_meets_the_checkpoint(make_job: Callable[..., Job]) -> None:
    job = make_job()
    Window({2: Leave()}).run(job)
    window = Window()
    window.run(Job(job.id, job.name, "steps: 20", job.folder, job.styles, job.base))
    assert [p.step for p in window.of(Progress)] == [15, 20]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("steps: 50\nfault: crash", "training: the loop has a bug in two lines"),
        ("steps: 50\nfault: memory", "out of memory while training; choose a smaller resolution"),
        ("stepps: 50", "blue: unknown key 'stepps'"),
    ],
)
def test_whatever_goes_wrong_is_one_line(make_job: Callable[..., Job], text: str, problem: str) -> None:
    ended = Window().run(make_job(text))
    assert ended.state == "failed" and ended.problem.startswith(problem) and "\n" not in ended.problem
    assert ended.result is None


def test_a_number_that_fails_late_keeps_the_best_until_then(make_job: Callable[..., Job]) -> None:
    job, window = make_job("steps: 50\nfault: number\nat: 23"), Window()
    ended = window.run(job)
    assert ended.state == "done" and ended.result is not None
    assert ended.problem.startswith("a.yaml:3: targets[0].weight: ") and ended.problem.endswith("until then is kept")
    assert style.load(ended.result).header.steps == max(window.of(Progress), key=lambda p: p.guide).step <= 20
    assert not job.folder.exists()
    early = Window().run(make_job("steps: 50\nfault: number\nat: 3"))
    assert (early.state, early.result) == ("failed", None)


def test_a_failed_job_makes_room_for_a_mended_one_of_its_name(tmp_path: Path) -> None:
    def train(text: str) -> Ended:
        job = foreground.open_job(tmp_path / "training", "blue", text, tmp_path / "styles", tmp_path)
        return foreground.train(job, lambda told: None, FAKE)

    (tmp_path / "styles").mkdir()
    for text in ("stepps: 5", "steps: 50\nfault: number\nat: 3"):
        assert train(text).state == "failed"
        assert not (tmp_path / "training" / "blue").exists(), "it had made nothing"
    assert train("steps: 50\nfault: crash").state == "failed"
    assert train("steps: 10").state == "done"
    made = {path.stem: style.load(path).header.steps for path in (tmp_path / "styles").glob("*.safetensors")}
    assert set(made) == {"blue", "blue-2"} and made["blue-2"] <= 10, "what the failed one had made is a style, too"


def test_a_checkpoint_of_a_text_that_is_refused_now_begins_again(make_job: Callable[..., Job]) -> None:
    job = make_job()
    Window({2: Leave()}).run(job)
    stored = checkpoints.read(job.folder / store.CHECKPOINT)
    kept = Checkpoint(Experiment(()), stored.step, stored.arrays, stored.numbers, stored.history)
    checkpoints.write(job.folder / store.CHECKPOINT, kept, "stepps: 50")
    window = Window()
    assert window.run(job).state == "done" and window.of(Began)[0].step == 0
    assert "begins again with what was mended" in window.of(Remark)[0].text


def test_a_failed_job_can_be_mended_and_goes_on(make_job: Callable[..., Job]) -> None:
    job = make_job("steps: 50\nfault: crash")
    Window().run(job)
    window = Window()
    assert window.run(Job(job.id, job.name, "steps: 50", job.folder, job.styles, job.base)).state == "done"
    assert window.of(Began)[0].step == 5


def test_a_finished_style_never_replaces_another(make_job: Callable[..., Job]) -> None:
    job = make_job()
    taken = job.styles / "blue.safetensors"
    taken.write_bytes(b"mine")
    ended = Window().run(job)
    assert ended.result == job.styles / "blue-2.safetensors" and taken.read_bytes() == b"mine"


def full_disk(monkeypatch: pytest.MonkeyPatch, full: Callable[[Path], bool]) -> None:
    swap_in = files._swap_in

    def guarded(path: Path, data: bytes, private: bool) -> None:
        if full(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        swap_in(path, data, private)

    monkeypatch.setattr(files, "_swap_in", guarded)


def test_a_full_disk_at_a_checkpoint_is_told_once_and_the_earlier_one_stays(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHECKPOINT_SECONDS", 0.0)
    job, window = make_job(), Window({6: Leave()})
    full_disk(monkeypatch, lambda path: path.name == store.CHECKPOINT and window.asked > 2)
    assert window.run(job).state == "waiting"
    assert len(window.of(Remark)) == 1 and "No space left on device" in window.of(Remark)[0].text
    assert checkpoints.read(job.folder / store.CHECKPOINT).step == 10


def test_a_finished_style_waits_for_room_on_the_disk(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, window = make_job(), Window()
    full_disk(monkeypatch, lambda path: path.parent == job.styles and window.asked < 14)
    ended = window.run(job, patience_seconds=60.0)
    assert ended.state == "done" and len(window.of(Remark)) == 1
    assert sorted(path.name for path in job.styles.iterdir()) == ["blue.history.json", "blue.safetensors"]


def test_a_disk_that_stays_full_leaves_the_job_unfinished(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, window = make_job(), Window()
    full_disk(monkeypatch, lambda path: path.parent == job.styles)
    ended = window.run(job)
    assert ended.state == "failed" and "No space left on device" in ended.problem
    assert ended.problem.startswith(f"{job.styles / 'blue.safetensors'}: ") and ".part" not in ended.problem
    assert not list(job.styles.iterdir())
    assert checkpoints.read(job.folder / store.CHECKPOINT).step == 50
    best = max(window.of(Progress), key=lambda progress: progress.guide)
    assert style.load(job.folder / store.BEST).header.steps == best.step


def test_a_job_left_at_its_end_by_a_full_disk_is_finished_at_once(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job()
    with monkeypatch.context() as patched:
        full_disk(patched, lambda path: path.parent == job.styles)
        assert Window().run(job).state == "failed"
    again = Window()
    assert again.run(store.read_job(job.folder)).result == job.styles / "blue.safetensors"
    assert again.of(Began)[0].step == 50


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "other"])
def test_a_corrupt_checkpoint_means_to_begin_again(make_job: Callable[..., Job], harm: str) -> None:
    job = make_job()
    Window({2: Leave()}).run(job)
    path = job.folder / store.CHECKPOINT
    data = bytearray(path.read_bytes())
    data[-3] ^= 64
    path.write_bytes(bytes({"cut": data[: len(data) // 2], "flip": data, "empty": b"", "other": b"x" * 200}[harm]))
    window = Window()
    assert window.run(job).state == "done"
    assert window.of(Began)[0].step == 0
    assert "corrupt or truncated checkpoint" in window.of(Remark)[0].text and "\n" not in window.of(Remark)[0].text


def test_what_a_kill_left_half_written_is_swept_away(make_job: Callable[..., Job]) -> None:
    job = make_job()
    (job.folder / ".checkpoint.safetensors.123.tmp").write_bytes(b"half")
    (job.styles / ".blue.123.part").write_bytes(b"half")
    (job.styles / ".blue.124.part").write_bytes(b"half")
    assert Window().run(job).state == "done"
    assert sorted(path.name for path in job.styles.iterdir()) == ["blue.history.json", "blue.safetensors"]
    assert not job.folder.exists()


def test_one_job_is_trained_by_one_process(make_job: Callable[..., Job]) -> None:
    job = make_job()
    with store.claimed(job):
        ended = Window().run(job)
    assert ended.state == "failed" and "another Clavilux" in ended.problem
    assert Window().run(job).state == "done"


def test_jobs_on_disk(make_job: Callable[..., Job], tmp_path: Path) -> None:
    job = make_job()
    with pytest.raises(UserError, match="an unfinished job is named 'blue'"):
        make_job(name="Blue")
    (tmp_path / "training" / "broken").mkdir()
    (tmp_path / "training" / "broken" / store.JOB).write_text('{"name": 3}')
    (tmp_path / "training" / "stray").mkdir()
    found = store.unfinished(tmp_path / "training")
    assert found[0] == job and isinstance(found[1], UserError) and len(found) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Flowing Organic", "flowing_organic"), ("🎉", "untitled"), ("../../etc", "etc"), ("x" * 10_000, "x" * 60)],
)
def test_names_are_safe_file_names(name: str, expected: str) -> None:
    assert store.file_name(name) == expected


def test_ctrl_c_in_the_foreground_keeps_the_best(make_job: Callable[..., Job]) -> None:
    told: list[Told] = []

    def tell(news: Told) -> None:
        told.append(news)
        if isinstance(news, Progress) and news.step == 10:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    ended = foreground.train(make_job(), tell, FAKE)
    assert ended.state == "done" and isinstance(told[-1], Progress) and told[-1].step == 10
    assert signal.getsignal(signal.SIGINT) is before


def test_the_same_command_again_goes_on(tmp_path: Path) -> None:
    place = (tmp_path / "training", "blue", "steps: 50", tmp_path, tmp_path)
    job = foreground.open_job(*place)
    Window({2: Leave()}).run(job)
    assert foreground.open_job(*place) == job
    with pytest.raises(UserError, match="an unfinished job is named"):
        foreground.open_job(tmp_path / "training", "blue", "steps: 51", tmp_path, tmp_path)


def test_words_that_the_judge_does_not_know_are_told(make_job: Callable[..., Job]) -> None:
    window = Window()
    assert window.run(make_job("steps: 10\njudge: some\nprompt: blue Lovecraft fog")).state == "done"
    assert [remark.text for remark in window.of(Remark)] == [
        "'blue Lovecraft fog': left out what the judge 'some' does not know: Lovecraft"
    ]
    ended = Window().run(make_job("steps: 10\njudge: some\nprompt: qwx zzyx", "red"))
    assert ended.state == "failed" and "knows none of these words" in ended.problem


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"step": np.array(3.5), "rng": np.arange(4, dtype=np.uint8), "w": np.eye(3)[:, ::2]}
    history = (Row(5, 1.0, None, 2.0), Row(10, 1.5, 20.5, 1.0, 455, 256, 90, (0.5, 0.25)))
    checkpoint = Checkpoint(Experiment(()), 7, arrays, {"best": float("-inf")}, history)
    checkpoints.write(tmp_path / "c.safetensors", checkpoint, "epochs: 3 # ü")
    stored = checkpoints.read(tmp_path / "c.safetensors")
    assert (stored.text, stored.step, stored.history) == ("epochs: 3 # ü", 7, history)
    assert stored.numbers == {"best": float("-inf")}
    for name, array in arrays.items():
        again: Any = stored.arrays[name]
        assert again.shape == array.shape and np.array_equal(again, array)
