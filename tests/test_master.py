"""The master's light over time."""

import pytest

from app.master import Master


def test_without_a_fade_time_a_blackout_is_there_and_gone_in_one_frame() -> None:
    master = Master()
    assert master.step(0.016) == 1.0
    master.blackout = True
    assert master.step(0.016) == 0.0
    master.blackout = False
    assert master.step(0.016) == 1.0


def test_a_blackout_fades_in_its_time_and_back_from_where_it_is() -> None:
    master = Master()
    master.fade_seconds, master.blackout = 1.0, True
    levels = [master.step(0.25) for _ in range(5)]
    assert levels == pytest.approx([0.75, 0.5, 0.25, 0.0, 0.0])
    assert levels[3] == 0.0
    master.blackout = False
    assert [master.step(0.25), master.step(0.25)] == pytest.approx([0.25, 0.5])
    master.blackout = True
    assert master.step(0.25) == pytest.approx(0.25)


def test_the_fader_and_the_blackout_multiply_and_panic_undoes_both() -> None:
    master = Master()
    master.fader, master.fade_seconds, master.blackout = 0.5, 2.0, True
    assert master.step(1.0) == pytest.approx(0.25)
    master.full()
    assert (master.level, master.step(0.1)) == (1.0, 1.0)
