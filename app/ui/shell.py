"""The shell: Dear ImGui on the show's window. Main thread, GL context current.

Panels are built at the start of a frame (`begin`), so that what they change is drawn in it, and put over the finished
picture at its end (`draw`); outputs and recordings never see them.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from imgui_bundle import imgui, implot

from app import newcomers
from app.render.surface import WindowSurface
from app.training import pictures
from app.ui import keyboard, theme
from app.ui.board import Board, closing_what_is_left_open
from app.ui.desk import Desk
from app.ui.window_frame import WindowFrame

CURSOR_SECONDS = 2.0
"""With panels hidden, a mouse that rests this long is not shown."""


class Shell:
    """Owns the ImGui context; the layout is kept in `ini_path`."""

    def __init__(self, surface: WindowSurface, ini_path: Path) -> None:
        self._surface = surface
        self._ini_path = ini_path
        self._context: Any = imgui.create_context()
        self._plots: Any = implot.create_context()
        io = imgui.get_io()
        io.config_flags |= imgui.ConfigFlags_.docking_enable
        io.config_windows_move_from_title_bar_only = True
        io.set_ini_filename(str(ini_path))
        theme.apply(surface.glfw.get_window_content_scale(surface.handle)[0])
        surface.glfw.set_key_callback(surface.handle, self._before_key)  # ImGui calls it before its own
        imgui.backends.glfw_init_for_opengl(surface.address, True)
        imgui.backends.opengl3_init("#version 330")
        self._frame = WindowFrame(surface)
        self._dropped: list[Path] = []
        surface.glfw.set_drop_callback(surface.handle, self._drop)
        self._still_seconds = 0.0
        self.board = Board()

    @property
    def visible(self) -> bool:
        """Whether panels are over the picture; Esc changes it."""
        return self.board.view.visible

    @property
    def free_px(self) -> tuple[int, int, int, int] | None:
        """What no panel covers of the framebuffer: x, y, width, height from the lower left; None: all of it."""
        if self.board.free is None:
            return None
        x, y, width, height = self.board.free
        ratio = imgui.get_io().display_framebuffer_scale
        bottom = imgui.get_io().display_size.y - y - height
        return round(x * ratio.x), round(bottom * ratio.y), round(width * ratio.x), round(height * ratio.y)

    def begin(self, desk: Desk) -> None:
        """Take the input since the last frame, act on it, and build all panels. GL is not touched."""
        imgui.backends.opengl3_new_frame()
        self._frame.begin()
        imgui.new_frame()
        try:
            with closing_what_is_left_open():
                self._take_dropped(desk)
                self.board.draw(desk)
        finally:
            self._rest_cursor()
            imgui.render()

    def draw(self) -> None:
        """Draw the panels around the picture, on the black that the window's output leaves there; or what is asked."""
        if imgui.get_draw_data().total_vtx_count:
            self._surface.ctx.screen.use()
            imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())

    def key(self, window: int, key: int, scancode: int, action: int, mods: int) -> None:
        """Take a key that was pressed in another window (its address) as if it were pressed in this one."""
        self._before_key(window, key, scancode, action, mods)
        imgui.backends.glfw_key_callback(window, key, scancode, action, mods)

    def release(self) -> None:
        """Save the layout and free everything. Safe to call twice."""
        if self._context is None:
            return
        if self._ini_path.parent.is_dir():
            imgui.save_ini_settings_to_disk(str(self._ini_path))
        self._surface.glfw.set_drop_callback(self._surface.handle, None)
        self._surface.glfw.set_key_callback(self._surface.handle, None)
        imgui.backends.opengl3_shutdown()
        imgui.backends.glfw_shutdown()
        implot.destroy_context(self._plots)
        imgui.destroy_context(self._context)
        self._context = None

    def _before_key(self, _window: Any, key: int, _scancode: int, action: int, _mods: int) -> None:
        glfw = self._surface.glfw
        if glfw.KEY_LEFT_SHIFT <= key <= glfw.KEY_RIGHT_SUPER and action != glfw.REPEAT:
            keyboard.fence()

    def _drop(self, _window: Any, files: list[str]) -> None:
        self._dropped = [Path(file) for file in files]

    def _take_dropped(self, desk: Desk) -> None:
        """Take the first file that was dropped on the window, and say so where there were more.

        A picture is a prompt, a look or a style comes on air, an .fs file or a folder brings in effects. Anything else
        is listened to.
        """
        dropped, self._dropped = self._dropped, []
        if len(dropped) > 1:
            desk.problems.say(
                f"of {len(dropped)} files only {dropped[0].name} was taken: drop one, or a folder of effects"
            )
        for path in dropped[:1]:
            if path.suffix.lower() in (*newcomers.LOOK, newcomers.STYLE, newcomers.SHOW):
                with desk.problems.guard("dropped"):
                    _bring(desk, path)
            elif path.suffix.lower() in pictures.SUFFIXES:
                self.board.view.ask_for_picture(path)
            elif desk.importer is not None and (path.is_dir() or path.suffix.lower() == ".fs"):
                with desk.problems.guard("effects"):
                    desk.importer.begin(path)
                    imgui.set_window_focus("Effects")
            else:
                desk.choose_source(replace(desk.source_choice, kind="file", file=path))

    def _rest_cursor(self) -> None:
        """Hide a resting mouse through ImGui, which says each frame what the mouse looks like."""
        moved = imgui.get_io().mouse_delta
        self._still_seconds = 0.0 if moved.x or moved.y else self._still_seconds + imgui.get_io().delta_time
        if not self.visible and self._still_seconds > CURSOR_SECONDS:
            imgui.set_mouse_cursor(imgui.MouseCursor_.none)


def _bring(desk: Desk, path: Path) -> None:
    """Keep a look or a style among the performer's own, and put it on air."""
    if path.suffix.lower() == newcomers.SHOW:
        raise newcomers.show(path)
    if path.suffix.lower() == newcomers.STYLE:
        name = newcomers.style(path)
        desk.choose_style(name)
    else:
        name = newcomers.look(path, desk.effects)
        desk.looks.rescan()
        desk.choose_look(name)
    desk.problems.say(f"came in: {name}")
