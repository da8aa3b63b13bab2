import pytest

from app.tempo.beat import Beat
from app.tempo.launch import QUANTA, Launch


def play(launch: Launch, start: float, end: float, step: float = 0.05) -> None:
    """Let beats pass."""
    position = start
    while position < end:
        launch.step(Beat(position, 120.0, 1.0, position - step / 2, position + step / 2))
        position += step


@pytest.fixture
def launch() -> Launch:
    return Launch()


def test_now_is_now(launch: Launch) -> None:
    done: list[str] = []
    launch.ask("dawn", lambda: done.append("dawn"))
    assert done == ["dawn"]
    assert launch.waiting == ""


@pytest.mark.parametrize(("quantise", "at"), [("beat", 10), ("bar", 12), ("2 bars", 16), ("4 bars", 16)])
def test_a_change_lands_in_the_frame_nearest_to_its_beat(launch: Launch, quantise: str, at: int) -> None:
    launch.quantise = quantise
    now = [9.3]
    done: list[float] = []
    launch.step(Beat(9.29, 120.0, 1.0, 9.25, 9.3))
    launch.ask("dawn", lambda: done.append(now[0]))
    before = 9.3
    while not done and now[0] < 40:
        now[0] += 0.033
        ahead = now[0] + 0.0165
        launch.step(Beat(now[0], 120.0, 1.0, before, ahead))
        before = ahead
    assert done == [pytest.approx(at, abs=0.0167)]


def test_the_newest_wins_and_the_same_again_is_now(launch: Launch) -> None:
    launch.quantise = "bar"
    launch.step(Beat(1.5, 120.0, 1.0, 1.49, 1.51))
    done: list[str] = []
    launch.ask("dawn", lambda: done.append("dawn"))
    launch.ask("dusk", lambda: done.append("dusk"))
    assert (done, launch.waiting) == ([], "dusk")
    assert launch.beats_left == pytest.approx(2.49)
    launch.ask("dusk", lambda: done.append("dusk"))
    assert (done, launch.waiting) == (["dusk"], "")
    play(launch, 1.5, 9)
    assert done == ["dusk"]


def test_without_a_tempo_nothing_waits(launch: Launch) -> None:
    launch.quantise = "4 bars"
    launch.step(Beat(1.5))
    done: list[str] = []
    launch.ask("dawn", lambda: done.append("dawn"))
    assert done == ["dawn"]


def test_what_waits_can_be_dropped_or_let_go_at_once(launch: Launch) -> None:
    launch.quantise = "4 bars"
    launch.step(Beat(1.5, 120.0, 1.0, 1.49, 1.51))
    done: list[str] = []
    launch.ask("dawn", lambda: done.append("dawn"))
    launch.cancel()
    play(launch, 1.5, 17)
    assert done == []
    launch.ask("dusk", lambda: done.append("dusk"))
    launch.quantise = "now"
    launch.step(Beat(17.3, 120.0, 1.0, 17.29, 17.31))
    assert done == ["dusk"]


def test_quanta_are_whole_beats() -> None:
    assert list(QUANTA.values()) == [0, 1, 4, 8, 16]
