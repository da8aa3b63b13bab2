"""The Decks panel: two styles, the fader between them, how they blend, and chance. Main thread, in an ImGui frame."""

from collections.abc import Iterator

from imgui_bundle import imgui

from app.fader import FADER
from app.params import PARAMS
from app.preset import BLENDS, TRANSITION, TRANSITIONS, transition_params
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import change_time, param_row
from app.ui.panels.input_rows import InputRows
from app.ui.view import View

OFF = "off"
BUTTON_PX, GAP_PX = 48, 4


class Decks:
    """Keeps what is typed into the searches, nothing else."""

    def __init__(self) -> None:
        self._search = {"A": "", "B": ""}
        self._rows = InputRows()

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        chosen = self._style(desk, "A", desk.preset.style, "")
        if chosen:
            desk.choose_style(chosen)
        chosen = self._style(desk, "B", desk.preset.style_b or OFF, OFF)
        if chosen:
            desk.mixer.choose_b("" if chosen == OFF else chosen)
        imgui.begin_disabled(not desk.preset.style_b)
        _fader(desk)
        imgui.end_disabled()
        _chance(desk)
        _transition(desk)
        change_time.draw_own(desk, theme.scaled(param_row.LABEL_PX))
        self._rows.let_go()
        params = transition_params(desk.preset.transition, desk.effects)
        self._rows.draw(desk, TRANSITION, params, desk.preset.transition_values)

    def _style(self, desk: Desk, deck: str, current: str, besides: str) -> str | None:
        widgets.row_label(f"Deck {deck}", theme.scaled(param_row.LABEL_PX))
        self._search[deck], chosen = widgets.searched_combo(
            f"##deck {deck}", widgets.spoken(current), self._search[deck], _names(desk, besides)
        )
        imgui.set_item_tooltip("the style on this deck" if deck == "A" else "a second style over the first, or none")
        return chosen


def _names(desk: Desk, besides: str) -> Iterator[tuple[str, str]]:
    """Yield what a list of styles shows; the folders are read only while it is open."""
    if besides:
        yield besides, besides
    yield from ((name, widgets.spoken(name)) for name in desk.style_names)


def _fader(desk: Desk) -> None:
    preset = desk.preset
    room = imgui.get_content_region_avail().x - theme.scaled(2 * BUTTON_PX + 2 * GAP_PX)
    with learn.bindable(desk, "blend"):
        chosen = widgets.combo("##blend", preset.blend, ((name, name) for name in BLENDS), room)
    imgui.set_item_tooltip("how the decks become one picture")
    if chosen is not None:
        desk.mixer.choose_blend(chosen)
    _takes(desk)
    moved = param_row.draw(desk, FADER, PARAMS[FADER], preset.value(PARAMS[FADER]))
    if moved is not None:
        preset.params[FADER] = moved


def _takes(desk: Desk) -> None:
    size = (theme.scaled(BUTTON_PX), 0)
    imgui.same_line(0, theme.scaled(GAP_PX))
    with learn.bindable(desk, "deck_take"):
        if widgets.toggle("Take", desk.mixer.taking, size=size):
            desk.mixer.take()
    imgui.set_item_tooltip("fader to the other deck, in the crossfade's time (X)")
    imgui.same_line(0, theme.scaled(GAP_PX))
    with learn.bindable(desk, "deck_cut"):
        if imgui.button("Cut", size):
            desk.mixer.cut()
    imgui.set_item_tooltip("fader to the other deck, at once (Shift+X)")


def _transition(desk: Desk) -> None:
    """Draw the choice of how looks and styles give way to one another."""
    widgets.row_label("Change by", theme.scaled(param_row.LABEL_PX))
    names = (*TRANSITIONS, *desk.transitions)
    current = widgets.spoken(desk.preset.transition)
    chosen = widgets.combo("##transition", current, ((name, widgets.spoken(name)) for name in names))
    if chosen is not None:
        desk.preset.choose_transition(chosen)
    imgui.set_item_tooltip("how this look comes on air: a morph keeps depth, a fade is a plain mean,\n"
                           "the others are ISF transitions")  # fmt: skip


def _chance(desk: Desk) -> None:
    """Draw three buttons side by side."""
    mixer, gap = desk.mixer, theme.scaled(GAP_PX)
    size = ((imgui.get_content_region_avail().x - 2 * gap) / 3, 0)
    for name, act, tip in (
        ("Mutate", mixer.mutate, "change parameters and routes a little (G); Backspace goes back"),
        ("Randomise", mixer.randomise, "new parameters and routes (Shift+G); Backspace goes back"),
        ("Compare", mixer.compare, "this look and the one before change places (C)"),
    ):
        with learn.bindable(desk, name.lower()):
            if imgui.button(name, size):
                act()
        imgui.set_item_tooltip(tip)
        imgui.same_line(0, gap)
    imgui.new_line()
