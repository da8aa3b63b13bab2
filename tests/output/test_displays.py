"""Who is connected and where the clean output belongs, over lists of displays that come and go."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.output.displays import Display, Placement, Roster, following, named

LAPTOP = Display("eDP-1", 1, (0, 0), (1920, 1200))
BEAMER = Display("EPSON PJ", 2, (1920, 0), (1920, 1080))
WALL = Display("LED Wall", 3, (3840, 0), (1280, 720))


def test_a_name_is_found_whole_or_by_a_part_that_only_one_has() -> None:
    both = [LAPTOP, BEAMER, replace(WALL, name="EPSON PJ 2")]
    assert named("EPSON PJ", both) is BEAMER
    assert named("epson pj", both) is BEAMER
    assert named("pj 2", both) is both[2]
    assert named("epson", both) is None
    assert named("", [LAPTOP]) is None
    assert named("BenQ", both) is None


def test_a_lost_display_parks_the_output_and_it_returns_to_the_same_one() -> None:
    placement = Placement("epson")
    assert placement.step([LAPTOP, BEAMER]) == "show"
    assert (placement.on, placement.wanted) == (BEAMER, "EPSON PJ")
    assert placement.step([LAPTOP, BEAMER]) == "stay"
    assert placement.step([LAPTOP]) == "park"
    assert placement.waiting
    assert placement.step([LAPTOP, WALL]) == "stay"
    back = replace(BEAMER, key=9)
    assert placement.step([LAPTOP, WALL, back]) == "show"
    assert (placement.on, placement.waiting) == (back, False)


def test_the_output_follows_a_display_that_moves_or_changes_its_mode() -> None:
    placement = Placement("EPSON PJ")
    placement.step([LAPTOP, BEAMER])
    assert placement.step([LAPTOP, replace(BEAMER, position_px=(0, 1200))]) == "show"
    assert placement.step([LAPTOP, replace(BEAMER, size_px=(1280, 720))]) == "show"


def test_no_display_wanted_and_none_connected() -> None:
    placement = Placement()
    assert placement.step([LAPTOP, BEAMER]) == "stay"
    placement.wanted = "EPSON PJ"
    assert placement.step([]) == "stay"
    placement.step([BEAMER])
    placement.wanted = ""
    assert placement.step([BEAMER]) == "park"


@given(st.lists(st.sets(st.sampled_from([LAPTOP, BEAMER, WALL])), max_size=30))
def test_it_is_on_its_own_display_or_nowhere(nights: list[set[Display]]) -> None:
    placement, shown = Placement("EPSON PJ"), False
    for connected in nights:
        move = placement.step(sorted(connected, key=lambda display: display.key))
        shown = move == "show" or (shown and move == "stay")
        assert shown == (BEAMER in connected)
        assert placement.on == (BEAMER if shown else None)


def test_the_next_display_goes_round_without_the_control_windows() -> None:
    displays = [LAPTOP, BEAMER, WALL]
    assert following(displays, "", LAPTOP) is BEAMER
    assert following(displays, "EPSON PJ", LAPTOP) is WALL
    assert following(displays, "LED Wall", LAPTOP) is BEAMER
    assert following([LAPTOP, BEAMER], "EPSON PJ", LAPTOP) is BEAMER
    assert following([LAPTOP], "", LAPTOP) is None


def twins(left: int, right: int) -> list[Display]:
    """Two displays that the system calls alike."""
    one = Display("PnP", left, (0, 0), (1920, 1080), size_mm=(600, 340))
    return [one, Display("PnP", right, (1920, 0), (1920, 1080), size_mm=(1600, 900))]


def test_displays_called_alike_get_names_of_their_own_and_keep_them() -> None:
    roster = Roster()
    left, right = twins(1, 2)
    assert [display.name for display in roster.name([right, left])] == ["PnP", "PnP 2"]
    assert [display.name for display in roster.name([right])] == ["PnP 2"]
    back = replace(left, key=7)
    assert [(own.name, own.key) for own in roster.name([right, back])] == [("PnP", 7), ("PnP 2", 2)]


def test_of_two_called_alike_the_panel_tells_which_one_is_back() -> None:
    roster = Roster()
    roster.name(twins(1, 2))
    roster.name([])
    assert [display.name for display in roster.name([replace(twins(0, 5)[1], position_px=(0, 0))])] == ["PnP 2"]


def test_a_handle_that_another_display_got_means_nothing() -> None:
    roster = Roster()
    roster.name([LAPTOP, BEAMER])
    assert [display.name for display in roster.name([LAPTOP, replace(WALL, key=2)])] == ["eDP-1", "LED Wall"]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers(0, 3)), max_size=8, unique_by=lambda t: t[1]
    )
)
def test_names_are_unique(found: list[tuple[str, int, int]]) -> None:
    displays = [Display(name, key, (x * 100, 0), (100, 100)) for name, key, x in found]
    roster = Roster()
    first = roster.name(displays)
    assert len({display.name for display in first}) == len(displays)
    assert [display.name for display in roster.name(displays)] == [display.name for display in first]
