import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.output.timing import SLEEP_SECONDS, Timeline

RATE_HZ = 48_000


def worst_offset_slots(seconds: float, fps: float, show_hz: float, block: int, ppm: float) -> tuple[float, Timeline]:
    """Simulate a show whose sound card runs `ppm` fast; how far pictures end up from the sound they were made for."""
    timeline = Timeline(fps, live=True)
    heard = 0
    worst = 0.0
    for index in range(int(seconds * show_hz)):
        wall = index / show_hz
        sounded = wall * (1 + ppm * 1e-6)
        ready = int(sounded * RATE_HZ) // block * block
        slot = timeline.step(wall, (ready - heard) / RATE_HZ).slot
        heard = ready
        if slot is not None:
            worst = max(worst, abs(slot - sounded * fps))
    return worst, timeline


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
@pytest.mark.parametrize(("show_hz", "block"), [(60.0, 256), (30.0, 1024), (50.0, 512), (24.0, 4096)])
def test_ten_minutes_on_a_drifting_sound_card_stay_within_a_frame(show_hz: float, block: int, ppm: float) -> None:
    worst, timeline = worst_offset_slots(600, 30, show_hz, block, ppm)
    assert worst < (1.0 if block < 4096 else 2.0)  # a block of 4096 is itself longer than two frames
    assert abs(timeline.seconds - timeline.sound_seconds) < 4 / 30


def test_an_hour_on_a_drifting_sound_card_stays_within_a_frame() -> None:
    worst, timeline = worst_offset_slots(3600, 15, 15, 1024, 200)
    assert worst < 1.0
    assert timeline.slots == pytest.approx(3600 * 15 * 1.0002, abs=2)


def test_offline_picture_k_is_slot_k() -> None:
    timeline = Timeline(30, live=False)
    steps = [timeline.step(k / 30, 0.0 if k % 3 else 0.1) for k in range(90)]
    assert [step.slot for step in steps] == list(range(90))
    assert all(step.silence_seconds == 0 for step in steps)


def test_a_show_faster_than_the_recording_gives_every_second_picture() -> None:
    timeline = Timeline(30, live=True)
    slots = [timeline.step(k / 60, 1 / 60 if k else 0.0).slot for k in range(120)]
    assert slots[::2] == list(range(60))
    assert set(slots[1::2]) == {None}


def test_a_show_slower_than_the_recording_leaves_slots_to_repeat() -> None:
    timeline = Timeline(30, live=True)
    slots = [timeline.step(k / 10, 0.1 if k else 0.0).slot for k in range(20)]
    assert slots == list(range(0, 60, 3))


def test_a_trembling_show_loses_no_slot() -> None:
    timeline = Timeline(30, live=True)
    slots = [timeline.step(k / 30 + 0.006 * (-1) ** k + 0.006, 1 / 30 if k else 0.0).slot for k in range(300)]
    assert slots == list(range(300))


def test_silence_stands_in_for_sound_that_stays_away_and_pictures_go_on() -> None:
    timeline = Timeline(30, live=True)
    for k in range(30):
        timeline.step(k / 30, 1 / 30 if k else 0.0)
    silence = [timeline.step(k / 30, 0.0).silence_seconds for k in range(30, 90)]
    assert sum(silence) == pytest.approx(2.0, abs=0.001)
    assert timeline.slots == 90
    for k in range(90, 120):
        assert timeline.step(k / 30, 1 / 30).silence_seconds == 0
    assert timeline.slots == 120
    assert timeline.sound_seconds == pytest.approx(timeline.seconds, abs=2 / 30)


@pytest.mark.parametrize("late_seconds", [0.0, 0.05, 0.15])
def test_another_stream_is_followed_within_a_frame_from_its_first_second(late_seconds: float) -> None:
    timeline = Timeline(30, live=True)
    timeline.step(0.0, 0.0)
    worst, sounded = 0.0, 0.0
    for k in range(1, 120):
        if k == 60:
            timeline.restart()
        late = late_seconds if k < 60 else 2 * late_seconds
        arrived = max(k / 30 - late - sounded, 0.0)
        sounded += arrived
        slot = timeline.step(k / 30, arrived).slot
        if slot is not None and arrived and k % 60 > 15:
            worst = max(worst, abs(slot / 30 - timeline.sound_seconds))
    assert worst < 1 / 30


def test_a_computer_that_slept_does_not_fill_the_disk_with_silence() -> None:
    timeline = Timeline(30, live=True)
    timeline.step(0.0, 0.0)
    timeline.step(1 / 30, 1 / 30)
    step = timeline.step(7200.0, 1 / 30)
    assert step.silence_seconds == 0
    assert timeline.slots < 30 * SLEEP_SECONDS


@given(st.lists(st.tuples(st.floats(0, 15), st.floats(0, 8)), max_size=60), st.booleans())
def test_slots_only_grow_and_silence_is_bounded(steps: list[tuple[float, float]], live: bool) -> None:
    timeline = Timeline(25, live=live)
    wall, last = 0.0, -1
    for gap, heard in steps:
        wall += gap
        step = timeline.step(wall, heard)
        assert 0 <= step.silence_seconds <= wall + 1e-9
        if step.slot is not None:
            assert step.slot > last
            last = step.slot
    assert timeline.slots == last + 1
