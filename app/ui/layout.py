"""Where panels lie at first: sound left, library below, look and effects right, the picture free in the middle.

Main thread, inside an ImGui frame. What a person moves afterwards is remembered in ImGui's own settings file.
"""

from collections.abc import Sequence
from typing import Any

from imgui_bundle import imgui

from app.ui import theme

DOCKSPACE = "clavilux"
LEFT_PX, RIGHT_PX, BOTTOM_PX = 292, 344, 242
LOWER_LEFT = 0.38
"""Share of the left column's height for its lower half."""


def dock(panels: Sequence[tuple[str, str]], reset: bool) -> tuple[int, bool]:
    """Cover the window with a dock space whose middle shows the picture; return (its id, whether it is new).

    `panels` are (title, place) with place "left", "lower left", "right" or "bottom"; they are put there when no
    layout is remembered, or on `reset`.
    """
    space = imgui.get_id(DOCKSPACE)
    new = reset or imgui.internal.dock_builder_get_node(space) is None
    if new:
        _build(space, panels)
    flags = imgui.DockNodeFlags_.passthru_central_node | imgui.DockNodeFlags_.no_docking_over_central_node
    imgui.push_style_color(imgui.Col_.window_bg, theme.CLEAR)  # around the picture the window is black already
    imgui.dock_space_over_viewport(space, imgui.get_main_viewport(), flags)
    imgui.pop_style_color()
    return int(space), new


def _build(space: int, panels: Sequence[tuple[str, str]]) -> None:
    build = imgui.internal
    size = imgui.get_main_viewport().work_size
    build.dock_builder_remove_node(space)
    build.dock_builder_add_node(space, imgui.internal.DockNodeFlagsPrivate_.dock_space)
    build.dock_builder_set_node_size(space, size)
    left, rest = _split(space, imgui.Dir.left, theme.scaled(LEFT_PX) / size.x)
    right, middle = _split(rest, imgui.Dir.right, theme.scaled(RIGHT_PX) / (size.x - theme.scaled(LEFT_PX)))
    bottom, _ = _split(middle, imgui.Dir.down, theme.scaled(BOTTOM_PX) / size.y)
    lower_left, left = _split(left, imgui.Dir.down, LOWER_LEFT)
    nodes = {"left": left, "lower left": lower_left, "right": right, "bottom": bottom}
    for title, place in panels:
        build.dock_builder_dock_window(title, nodes[place])
    build.dock_builder_finish(space)


def _split(node: int, side: imgui.Dir, share: float) -> tuple[int, int]:
    """Return (the part on `side`, the rest)."""
    parts = imgui.internal.dock_builder_split_node(node, side, min(share, 0.45))
    return parts.id_at_dir, parts.id_at_opposite_dir


def free_rect(space: int) -> tuple[float, float, float, float]:
    """Return x, y, width, height of the free middle in window coordinates, origin top left."""
    node = imgui.internal.dock_builder_get_central_node(space)
    return node.pos.x, node.pos.y, node.size.x, node.size.y


def in_front(panels: Sequence[tuple[str, str]]) -> list[str]:
    """Return the first panel of each place: to be focused once they exist, one a frame (ImGui hears the last only)."""
    return list(dict(reversed([(place, title) for title, place in panels])).values())


def join(title: str, panels: Sequence[tuple[str, str]]) -> None:
    """Before a panel's first `begin`: if the remembered layout does not know it, it joins those of its place."""
    if imgui.internal.find_window_by_name(title) is not None:
        return
    place = dict(panels)[title]
    windows = (imgui.internal.find_window_by_name(other) for other, own in panels if own == place and other != title)
    node = next((window.dock_id for window in windows if window is not None and window.dock_id), 0)
    if node:
        imgui.set_next_window_dock_id(node, imgui.Cond_.first_use_ever)


def in_place(title: str) -> bool:
    """Return whether a panel lies around the picture; one that was dragged out floats over it."""
    window = imgui.internal.find_window_by_name(title)
    node: Any = window.dock_node if window is not None else None
    while node is not None and node.parent_node is not None:
        node = node.parent_node
    return node is not None and bool(node.is_dock_space())
