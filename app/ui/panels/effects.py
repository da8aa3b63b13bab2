"""The Effects panel: the chain, in the order in which it is applied, and what is brought into it from outside.

Main thread, inside an ImGui frame.
"""

import re
from typing import get_args

from imgui_bundle import imgui

from app.preset import EffectUse, Side
from app.ui import learn, theme, widgets
from app.ui.desk import Desk
from app.ui.panels import param_row, source_menu
from app.ui.panels.effects_import import EffectsImport
from app.ui.panels.input_rows import InputRows
from app.ui.panels.routes import name_of
from app.ui.view import View

MOST = 16
DRAGGED = "effect"
SIDES: tuple[Side, ...] = get_args(Side)


class Effects:
    """Keeps what is typed into the search, nothing else."""

    def __init__(self) -> None:
        self._search = ""
        self._rows = InputRows()
        self._import = EffectsImport()

    def draw(self, desk: Desk, view: View) -> None:  # noqa: ARG002 - the table's shape
        """Draw the panel."""
        self._rows.let_go()
        self._add(desk)
        self._import.report(desk)
        imgui.begin_child("chain")
        uses = desk.preset.effects
        if not uses:
            widgets.quiet("no effects in this look")
        order = list(range(len(uses)))
        for i, (key, use) in enumerate(zip(desk.preset.effect_keys(), uses, strict=True)):
            imgui.push_id(f"{i}")
            order = self._use(desk, i, key, use, order)
            imgui.pop_id()
        if order != list(range(len(uses))):
            desk.preset.effects = [uses[i] for i in order]
        imgui.end_child()

    def _add(self, desk: Desk) -> None:
        if len(desk.preset.effects) >= MOST:
            widgets.quiet(f"{MOST} effects are the most a look can have")
            return
        apart = set(desk.transitions)
        choices = ((name, widgets.spoken(name)) for name in sorted(desk.effects) if name not in apart)
        room = imgui.get_content_region_avail().x - self._import.width - imgui.get_style().item_spacing.x
        preview = f"{theme.ADD}  Add an effect"
        self._search, chosen = widgets.searched_combo("##add", preview, self._search, choices, room)
        imgui.set_item_tooltip("one more at the end of the chain; shader files (.fs) can be dropped on the window")
        imgui.same_line()
        self._import.button(desk)
        if chosen is not None:
            desk.preset.effects.append(EffectUse(effect=chosen))

    def _use(self, desk: Desk, i: int, key: str, use: EffectUse, order: list[int]) -> list[int]:
        """Draw one place in the chain; return the order that its buttons ask for."""
        side = imgui.get_frame_height()
        with learn.bindable(desk, f"effect:{key}"):
            changed, enabled = imgui.checkbox("##enabled", use.enabled)
        if changed:
            use.enabled = enabled
        imgui.set_item_tooltip("on or off")
        imgui.same_line(0, theme.scaled(4))
        room = 3 * side + 3 * theme.scaled(3)
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (theme.scaled(3), imgui.get_style().item_spacing.y))
        opened = _header(key, imgui.get_content_region_avail().x - room)
        order = _dragged(i, key, order)
        order = _buttons(i, order)
        imgui.pop_style_var()
        for text in errors(desk, use.effect):
            imgui.push_style_color(imgui.Col_.text, theme.BAD)
            imgui.text_wrapped(text)
            imgui.pop_style_color()
        if opened:
            self._inputs(desk, key, use)
        return order

    def _inputs(self, desk: Desk, key: str, use: EffectUse) -> None:
        params = desk.effects.get(use.effect, ())
        images = desk.effect_images(use.effect)
        if not params and not images:
            widgets.quiet("nothing to set")
        imgui.begin_disabled(not use.enabled)
        if desk.preset.style_b or use.deck != "both":
            _deck(use)
        self._rows.draw(desk, key, params, use.values)
        for name in images:
            _image(use, name)
        _routes(desk, key)
        imgui.end_disabled()
        imgui.dummy((0, theme.scaled(4)))


def errors(desk: Desk, effect: str) -> list[str]:
    """Return the open problems that name the effect's file, not one whose name ends alike."""
    named = re.compile(rf"(?<![\w-]){re.escape(effect)}\.fs\b")
    return [problem.text for problem in desk.problems if named.search(problem.text)]


def _header(key: str, width: float) -> bool:
    """Draw a bar as wide as given that opens and closes what is below it; open at first."""
    storage = imgui.get_state_storage()
    item = imgui.get_id("open")
    opened = bool(storage.get_bool(item, True))
    imgui.push_style_var(imgui.StyleVar_.button_text_align, (0, 0.5))
    if imgui.button(f"{key}###open", (width, 0)):
        storage.set_bool(item, not opened)
    imgui.pop_style_var()
    imgui.set_item_tooltip("click to fold or unfold, drag to another place")
    return opened


def _dragged(i: int, key: str, order: list[int]) -> list[int]:
    """Let the last item be dragged to another effect's place; return the order that this asks for."""
    if imgui.begin_drag_drop_source():
        imgui.set_drag_drop_payload_py_id(DRAGGED, i)
        imgui.text_unformatted(widgets.spoken(key))
        imgui.end_drag_drop_source()
    if imgui.begin_drag_drop_target():
        dropped = imgui.accept_drag_drop_payload_py_id(DRAGGED)
        if dropped is not None and dropped.data_id in order:
            order = [place for place in order if place != dropped.data_id]
            order.insert(i, dropped.data_id)
        imgui.end_drag_drop_target()
    return order


def _buttons(i: int, order: list[int]) -> list[int]:
    last = len(order) - 1
    imgui.same_line()
    if widgets.icon_button(theme.UP, "up", "earlier", i > 0):
        order = [*order[: i - 1], i, i - 1, *order[i + 1 :]]
    imgui.same_line()
    if widgets.icon_button(theme.DOWN, "down", "later", i < last):
        order = [*order[:i], i + 1, i, *order[i + 2 :]]
    imgui.same_line()
    if widgets.icon_button(theme.REMOVE, "remove", "remove from this look"):
        order = [place for place in order if place != i]
    return order


def _deck(use: EffectUse) -> None:
    """Draw the choice of what the effect acts on."""
    widgets.row_label("Acts on", theme.scaled(param_row.LABEL_PX))
    for side in SIDES:
        if widgets.toggle(f"{side if side == 'both' else side.upper()}##side", use.deck == side):
            use.deck = side
        imgui.same_line(0, theme.scaled(4))
    imgui.new_line()


def _routes(desk: Desk, key: str) -> None:
    """Tell which routes lead into this effect, with what each brings now; a click takes one away."""
    arriving, gone = desk.values.arriving, None
    for i, route in enumerate(desk.preset.routes):
        if not route.param.startswith(f"{key}."):
            continue
        imgui.push_id(f"route {i}")
        side = imgui.get_frame_height()
        source = source_menu.name_of(desk, route.source)
        text = f"{source} {theme.TO} {name_of(route.param, desk.targets.get(route.param)).partition(': ')[2]}"
        widgets.row_label(text, imgui.get_content_region_avail().x - side - theme.scaled(96))
        start = imgui.get_cursor_screen_pos()
        imgui.set_cursor_screen_pos((start.x, start.y + side / 3))
        widgets.bar(arriving[i] if i < len(arriving) else 0.0, (theme.scaled(90), side / 3), widgets.COLD)
        imgui.same_line()
        imgui.set_cursor_screen_pos((start.x + theme.scaled(96), start.y))
        if widgets.icon_button(theme.REMOVE, "unroute", "take this route away; the Look panel shapes it"):
            gone = i
        imgui.pop_id()
    if gone is not None:
        del desk.preset.routes[gone]


def _image(use: EffectUse, name: str) -> None:
    """Draw the field for the path of a picture; it is opened when Enter is pressed."""
    widgets.row_label(name, theme.scaled(param_row.LABEL_PX))
    imgui.set_next_item_width(-1)
    entered, path = imgui.input_text_with_hint(
        f"##{name}", "picture file", use.images.get(name, ""), imgui.InputTextFlags_.enter_returns_true
    )
    if entered and path.strip():
        use.images[name] = path.strip()
    elif entered:
        use.images.pop(name, None)
