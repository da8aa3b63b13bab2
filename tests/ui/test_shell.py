"""The shell on a real window, under a display nobody looks at. Runs apart: one process has one glfw."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import ctypes
import sys
import time
from pathlib import Path

from imgui_bundle import imgui  # before glfw
import numpy as np
from app.preset import Preset
from app.problems import UserError
from app.render.surface import WindowSurface
from app.ui import keyboard
from app.ui import shell as shell_module
from app.ui.shell import Shell

sys.path.insert(0, sys.argv[1])
from conftest import FakeDesk, edited_preset

def dies_of_displays() -> None:
    raise AssertionError("glfw dies of a display that goes while this backend asks about all of them")


imgui.backends.glfw_new_frame = dies_of_displays
desk = FakeDesk(preset=edited_preset())
surface = WindowSurface((800, 600), "test")
ini = Path(sys.argv[2])
shell = Shell(surface, ini)


def frame() -> "np.ndarray":
    surface.poll()
    desk.step()
    shell.begin(desk)
    surface.ctx.screen.use()
    surface.ctx.clear(0.0, 0.0, 1.0)
    shell.draw()
    pixels = np.frombuffer(surface.ctx.screen.read(components=3, alignment=1), np.uint8).reshape(600, 800, 3)
    surface.swap()
    return pixels


for _ in range(8):
    shown = frame()
blue = (shown == (0, 0, 255)).all(axis=2)
x, y, width, height = shell.free_px
assert blue[y + 4 : y + height - 4, x + 4 : x + width - 4].all(), "the middle is free"
assert not blue[:, :60].all(), "panels lie on the left"
imgui.set_window_focus("Effects")
frame()
shell.board.view.visible = False
assert (frame() == (0, 0, 255)).all(), "nothing over the picture once hidden"
shell_module.CURSOR_SECONDS = 0.05
for _ in range(20):
    frame()
    time.sleep(0.01)
assert surface.glfw.get_input_mode(surface.handle, surface.glfw.CURSOR) == surface.glfw.CURSOR_HIDDEN
shell.board.view.visible = True
frame(), frame()
assert surface.glfw.get_input_mode(surface.handle, surface.glfw.CURSOR) == surface.glfw.CURSOR_NORMAL
assert imgui.get_io().display_size.x == 800 and imgui.get_io().delta_time > 0.0
shell.release()
shell.release()
assert "[Window][Sound]" in ini.read_text()
shell = Shell(surface, ini)
for _ in range(8):
    frame()
window = imgui.internal.find_window_by_name("Effects")
assert not window.hidden, "the panel in front is remembered"
for file in ("beat.ogg", "Rust.JPG"):
    shell._drop(None, [file])
    frame()
frame()
assert [call[1].file for call in desk.calls if call[0] == "choose_source"] == [Path("beat.ogg")]
assert shell.board.panels["Train"].words.image == "Rust.JPG", "a picture is a prompt"
assert [p.text for p in desk.problems] == []
fences: list[bool] = []
keyboard.fence = lambda: fences.append(True)
for key in (surface.glfw.KEY_F, surface.glfw.KEY_LEFT_CONTROL):
    imgui.backends.glfw_key_callback(surface.address, key, 0, surface.glfw.RELEASE, 0)
assert fences == [True], "what is pressed before a modifier changes is seen in an earlier frame"
shell._drop(None, ["a.clavilux", "b.ogg"])
frame()
assert "a.clavilux: a show is opened at the start" in [*desk.problems][-1].text, "it is no sound"
assert desk.problems.said.startswith("of 2 files only a.clavilux")
_, dropped = next(iter(surface.glfw._window_drop_callback_repository.values()))
dropped(surface.handle, 1, (ctypes.c_char_p * 1)(b"caf\\xe9.ogg"))
try:
    frame()
except UserError as error:
    assert "no UTF-8 text" in str(error)
else:
    raise AssertionError("it was not told")
frame()
shell.release()
surface.release()
print("fine")
"""


def test_a_window_with_panels(display: str, tmp_path: Path) -> None:
    environment = {**os.environ, "DISPLAY": display}
    here = Path(__file__).parent
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(here), str(tmp_path / "layout.ini")],
        env=environment, cwd=here.parent.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.stdout.strip() == "fine", run.stderr
