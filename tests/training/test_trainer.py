"""The queue and its processes: real ones, killed and orphaned, with a pretended training inside."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import style
from app.problems import Problems, UserError
from app.training import checkpoints, store
from app.training.easing import Easing
from app.training.link import KEPT, Link
from app.training.mailbox import Mailbox
from app.training.messages import Began, Cancel, Keep, Pause, Resume, Update
from app.training.progress import Job, JobStatus, Progress
from app.training.trainer import Trainer
from tests.training.fake_training import FAKE

ROOT = Path(__file__).resolve().parents[2]
LONG = "steps: 100000\npause: 0.005"
PATIENCE_SECONDS = 40.0

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="tests kill processes the POSIX way")


def test_news_that_nobody_takes_are_bounded_and_the_oldest_progress_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)
    link = Link(Job("a", "a", "", tmp_path, tmp_path, tmp_path), FAKE, 0)
    link._note(Began(0))
    for step in range(3 * KEPT):
        link._note(Progress(step, 1000, 1.0, "", 1.0, None, 1.0, 1.0))
    news = link.take()
    assert len(news) == KEPT
    assert isinstance(news[0], Began) and news[-1] == Progress(3 * KEPT - 1, 1000, 1.0, "", 1.0, None, 1.0, 1.0)


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def make_trainer(tmp_path: Path, problems: Problems) -> Iterator[Callable[[], Trainer]]:
    made: list[Trainer] = []

    def make() -> Trainer:
        (tmp_path / "styles").mkdir(exist_ok=True)
        made.append(Trainer(tmp_path / "training", problems, tmp_path / "styles", FAKE, niceness=0))
        return made[-1]

    yield make
    for trainer in made:
        trainer.close()


def drive(trainer: Trainer, until: Callable[[], object]) -> list[Path]:
    """Poll like a show does."""
    finished: list[Path] = []
    end_seconds = time.monotonic() + PATIENCE_SECONDS
    while not until():
        finished += trainer.poll()
        assert time.monotonic() < end_seconds, trainer.statuses
        time.sleep(0.005)
    return finished


def only(trainer: Trainer) -> JobStatus:
    (status,) = trainer.statuses
    return status


def step_of(trainer: Trainer) -> int:
    progress = trainer.statuses[0].progress
    return progress.step if progress else 0


def texts(problems: Problems) -> list[str]:
    return [problem.text for problem in problems]


def test_two_jobs_train_one_after_the_other(make_trainer: Callable[[], Trainer], problems: Problems) -> None:
    trainer = make_trainer()
    trainer.submit("Blue fog", "steps: 30")
    trainer.submit("red", "steps: 20")
    with pytest.raises(UserError, match="an unfinished job 'red' already; name this one 'red-2'"):
        trainer.submit("red", "steps: 20")
    trainer.poll()
    assert [status.state for status in trainer.statuses] == ["running", "waiting"]
    finished = drive(trainer, lambda: all(status.state == "done" for status in trainer.statuses))
    finished += trainer.poll()
    assert [path.name for path in finished] == ["blue_fog.safetensors", "red.safetensors"]
    assert [status.result for status in trainer.statuses] == finished
    assert len(trainer.statuses[0].curve) == 6 and trainer.statuses is trainer.statuses
    assert style.load(finished[0]).name == "blue_fog" and texts(problems) == []
    with pytest.raises(UserError, match="a style 'red' already"):
        trainer.submit("red", "steps: 20")
    assert trainer.free_name("Red") == "red-2"


def test_orders_reach_a_running_job(make_trainer: Callable[[], Trainer], problems: Problems) -> None:
    trainer = make_trainer()
    job = trainer.submit("blue", LONG)
    drive(trainer, lambda: step_of(trainer))
    trainer.pause(job.id)
    assert only(trainer).state == "paused"
    drive(trainer, lambda: (job.folder / store.CHECKPOINT).exists())
    trainer.update(job.id, f"{LONG}\nseed: 5")
    trainer.update(job.id, "nonsense: 1")
    drive(trainer, lambda: "not updated: blue: unknown key 'nonsense'" in only(trainer).log)
    held = step_of(trainer)
    time.sleep(0.1)
    trainer.poll()
    assert step_of(trainer) == held
    trainer.resume(job.id)
    drive(trainer, lambda: step_of(trainer) > held)
    trainer.keep(job.id)
    assert only(trainer).state == "keeping"
    drive(trainer, lambda: only(trainer).state == "done")
    assert texts(problems) == ["not updated: blue: unknown key 'nonsense'"]
    with pytest.raises(UserError, match="'blue' is done"):
        trainer.resume(job.id)


def test_a_cancelled_job_leaves_nothing_even_if_it_hangs(make_trainer: Callable[[], Trainer], tmp_path: Path) -> None:
    trainer = make_trainer()
    waiting = trainer.submit("waits", LONG)
    trainer.pause(waiting.id)
    job = trainer.submit("hangs", "steps: 50\nfault: hang")
    drive(trainer, lambda: trainer.statuses[1].progress and trainer.statuses[1].progress.step == 15)
    trainer.cancel(job.id)
    trainer.cancel(waiting.id)
    drive(trainer, lambda: trainer.statuses[1].state == "cancelled")
    assert trainer.statuses[0].state == "cancelled"
    assert not list((tmp_path / "training").iterdir()) and not list((tmp_path / "styles").iterdir())


def test_a_killed_worker_is_one_message_and_its_job_goes_on(
    make_trainer: Callable[[], Trainer], problems: Problems
) -> None:
    trainer = make_trainer()
    job = trainer.submit("blue", "steps: 60\nfault: die\nat: 40")
    drive(trainer, lambda: only(trainer).state == "waiting" and only(trainer).by_hand)
    assert len(problems) == 1 and "killed by signal 9" in texts(problems)[0]
    for _ in range(3):
        assert trainer.poll() == ()
    assert only(trainer).state == "waiting"
    trainer.update(job.id, "steps: 60")
    trainer.resume(job.id)
    drive(trainer, lambda: only(trainer).state == "done")
    assert "training from step 5" in only(trainer).log and len(problems) == 1


def test_a_job_found_at_the_start_waits_to_be_continued(make_trainer: Callable[[], Trainer]) -> None:
    before = make_trainer()
    job = before.submit("blue", LONG)
    drive(before, lambda: step_of(before) > 20)
    before.close()
    left_at = checkpoints.read(job.folder / store.CHECKPOINT).step
    assert left_at > 20
    after = make_trainer()
    for _ in range(3):
        after.poll()
    assert (only(after).state, only(after).by_hand) == ("waiting", True)
    with pytest.raises(UserError, match="unfinished job 'blue'"):
        after.submit("blue", LONG)
    after.resume(job.id)
    drive(after, lambda: step_of(after))
    assert f"training from step {left_at}" in only(after).log
    assert only(after).curve[0][0] == 5


def test_a_crash_in_training_is_a_message(make_trainer: Callable[[], Trainer], problems: Problems) -> None:
    trainer = make_trainer()
    trainer.submit("blue", "steps: 50\nfault: crash")
    drive(trainer, lambda: only(trainer).state == "failed")
    assert texts(problems) == ["training: the loop has a bug in two lines"] == [only(trainer).problem]


def test_a_failed_job_is_mended_or_cancelled(make_trainer: Callable[[], Trainer]) -> None:
    trainer = make_trainer()
    job = trainer.submit("blue", "stepps: 50")
    drive(trainer, lambda: only(trainer).state == "failed")
    trainer.update(job.id, "steps: 50\nfault: crash")
    drive(trainer, lambda: only(trainer).state == "failed" and "bug" in only(trainer).problem)
    trainer.cancel(job.id)
    assert only(trainer).state == "cancelled" and not job.folder.exists()
    trainer.submit("blue", "steps: 10")
    drive(trainer, lambda: only(trainer).state == "done")


def test_training_rests_while_the_show_misses_frames(make_trainer: Callable[[], Trainer]) -> None:
    trainer = make_trainer()
    trainer.ease(True)
    job = trainer.submit("blue", LONG)
    drive(trainer, lambda: step_of(trainer))
    for _ in range(3):
        trainer.ease(True)
    assert only(trainer).eased and only(trainer).state == "running"
    for _ in range(60):  # whatever was on its way arrives
        trainer.poll()
        time.sleep(0.005)
    held = step_of(trainer)
    time.sleep(0.2)
    trainer.poll()
    assert step_of(trainer) == held
    drive(trainer, lambda: trainer.ease(False) or step_of(trainer) > held)  # type: ignore[func-returns-value]
    assert not only(trainer).eased
    trainer.keep(job.id)


def test_a_worker_whose_window_is_gone_leaves_its_checkpoint_and_dies(tmp_path: Path) -> None:
    code = f"""
    import time
    from pathlib import Path
    from app.problems import Problems
    from app.training.trainer import Trainer
    from tests.training.fake_training import FAKE

    if __name__ == "__main__":
        trainer = Trainer(Path({str(tmp_path)!r}), Problems(), Path({str(tmp_path)!r}), FAKE, 0)
        trainer.submit("blue", {LONG!r})
        while not trainer.statuses[0].progress or trainer.statuses[0].progress.step < 40:
            trainer.poll()
            time.sleep(0.005)
        print(trainer._link.pid, flush=True)
        time.sleep(60)
    """
    script = tmp_path / "window.py"
    script.write_text(textwrap.dedent(code))
    window = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert window.stdout is not None
    with window.stdout:
        pid = int(window.stdout.readline())
    window.kill()
    window.wait()
    end_seconds = time.monotonic() + PATIENCE_SECONDS
    while alive(pid):
        assert time.monotonic() < end_seconds
        time.sleep(0.02)
    assert checkpoints.read(tmp_path / "blue" / store.CHECKPOINT).step >= 40


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_worker_takes_only_what_the_show_leaves() -> None:
    code = (
        "import os, app.training.worker as w; w.give_way(w.NICENESS); print(os.nice(0), os.environ['OMP_NUM_THREADS'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() in (["19", "1"], ["19", "2"])


def test_a_mailbox_holds_the_latest_of_each_kind() -> None:
    box = Mailbox()
    for number in range(1000):
        box.put(Pause())
        box.put(Update(str(number)))
        box.put(Resume())
        box.put(Cancel())
    box.put(Keep())
    assert box.take(0.0) == (Update("999"), Resume(), Keep()) and box.take(0.0) == ()


def test_importing_the_trainer_brings_no_torch() -> None:
    code = "import sys, app.training.trainer; print({'torch', 'moderngl'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout == "set()\n"


class Show:
    """Frames at 60 a second for an `Easing`; late ones while `late` says so."""

    def __init__(self) -> None:
        self.easing = Easing()
        self.now = 0.0

    def play(self, seconds: float, late: Callable[[bool], bool]) -> float:
        """Return for how long training rested."""
        rested = 0.0
        for _ in range(round(seconds * 60)):
            self.now += 1 / 60
            rested += self.easing.step(late(self.easing.resting), self.now) / 60
        return rested


def test_easing_goes_on_when_the_show_recovers() -> None:
    show = Show()
    assert show.play(5.0, lambda resting: False) == 0.0
    assert show.play(0.5, lambda resting: True) > 0.4
    assert 1.0 < show.play(20.0, lambda resting: False) < 3.0


def test_one_late_frame_now_and_then_is_no_reason_to_rest() -> None:
    show = Show()
    assert show.play(20.0, lambda resting: round(show.now * 60) % 60 == 0) == 0.0


def test_training_that_disturbs_whenever_it_runs_rests_longer_and_longer() -> None:
    show = Show()
    assert show.play(120.0, lambda resting: not resting) > 100.0


@pytest.mark.parametrize("every", [1, 40])
def test_misses_that_training_does_not_cause_do_not_stop_it_for_ever(every: int) -> None:
    show = Show()
    show.play(1.0, lambda resting: True)
    assert show.play(300.0, lambda resting: round(show.now * 60) % every == 0) < 100.0
