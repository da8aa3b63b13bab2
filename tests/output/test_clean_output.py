"""The clean output on real displays that come and go. Runs apart: one process has one glfw."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import subprocess
import sys
import time

import imgui_bundle  # before glfw
import numpy as np
from PIL import ImageGrab
from app.clock import Frame
from app.output.display import DisplayOutput
from app.output.window import WindowOutput
from app.problems import Problems
from app.render.surface import WindowSurface
from app.render.target import Target

NAME = sys.argv[1]
RIGHT = (slice(0, 600), slice(800, 1600))


def xrandr(words):
    subprocess.run(["xrandr", *words.split()], check=True)
    time.sleep(0.3)


def screen():
    return np.asarray(ImageGrab.grab(xdisplay=NAME).convert("RGB")).astype(int)


def near(picture, colour):
    return bool((np.abs(picture - np.array(colour)) <= 2).all())


keys = []
surface = WindowSurface((400, 300), "control")
problems = Problems()
image = Target(surface.ctx, (160, 120))
output = DisplayOutput(surface, problems, "dummy1", lambda *key: keys.append(key))
window = WindowOutput(surface, lambda: None)


def frame(colour=(255, 128, 0)):
    surface.poll()
    image.framebuffer.clear(*(part / 255 for part in colour), 1.0)
    for each in (output, window):
        each.send(image, Frame(0, 0.0, 0.0))
    surface.swap()


for colour in ((255, 128, 0), (0, 60, 255)):
    frame(colour), frame(colour)
    assert near(screen()[RIGHT], colour), "the whole display shows this frame's picture"
    assert near(screen()[100:200, 100:300], colour), "the control window has it too"
clean = output._sheet.window
glfw = surface.glfw
assert glfw.get_window_pos(clean.handle) == (800, 0) and clean.size_px == (800, 600)
assert glfw.get_input_mode(clean.handle, glfw.CURSOR) == glfw.CURSOR_HIDDEN
assert not glfw.get_window_attrib(clean.handle, glfw.DECORATED)

before = screen()[:, :800]
xrandr("--output DUMMY1 --off")
frame((0, 60, 255))
assert (output.on, output.waiting) == (None, True)
assert not glfw.get_window_attrib(clean.handle, glfw.VISIBLE)
after = screen()
assert (after[:600, :800] == before[:600]).all(), "it does not jump over the control window"
assert len(list(problems)) == 1 and "DUMMY1" in next(iter(problems)).text
frame(), frame()
xrandr("--output DUMMY1 --mode 800x600 --right-of DUMMY0")
frame(), frame()
assert near(screen()[RIGHT], (255, 128, 0)), "it is back on its own display"
assert len(list(problems)) == 1

output.test_pattern = True
frame()
pattern = screen()[RIGHT]
edge = np.concatenate([pattern[0], pattern[-1], pattern[:, 0], pattern[:, -1]])
assert (edge == 255).all(), "a white line around the very edge, pixel for pixel"
output.test_pattern = False
frame()
assert near(screen()[RIGHT], (255, 128, 0))

glfw.set_window_should_close(clean.handle, True)
frame()
assert output.wanted == "" and not clean.visible, "whoever closes it switches it off"
output.next()
frame(), frame()
assert output.wanted == "DUMMY1" and near(screen()[RIGHT], (255, 128, 0))
clean._key(None, 66, 0, 1, 0)
assert keys == [(clean.address, 66, 0, 1, 0)]

for press in (lambda: clean._key(None, glfw.KEY_F11, 0, glfw.PRESS, 0),
              lambda: clean._key(None, glfw.KEY_ENTER, 0, glfw.PRESS, glfw.MOD_ALT),
              lambda: [clean._click(None, glfw.MOUSE_BUTTON_LEFT, glfw.PRESS, 0) for _ in range(2)]):
    press()
    frame(), frame()
    assert glfw.get_window_monitor(clean.handle) is None or not glfw.get_window_monitor(clean.handle)
    assert glfw.get_window_attrib(clean.handle, glfw.DECORATED) and clean.size_px[0] < 800, "a window on its display"
    assert near(screen()[280:320, 1180:1220], (255, 128, 0)) and output.on.name == "DUMMY1"
    assert not glfw.get_window_monitor(surface.handle), "the control window stays as it is"
    glfw.set_window_pos(clean.handle, 840, 40)
    press()
    frame(), frame()
    assert near(screen()[RIGHT], (255, 128, 0)), "and all of it again"
    assert not glfw.get_window_attrib(clean.handle, glfw.DECORATED)
clean._click(None, glfw.MOUSE_BUTTON_LEFT, glfw.PRESS, 0)
assert not clean.toggled, "one click is none"
assert len(keys) == 1

output.identify()
frame(), frame()
card = screen()[180:420, 800 + 240 : 800 + 560]
assert not near(card, (255, 128, 0)) and near(screen()[0:100, 800:1600], (255, 128, 0))
output._cards_until_seconds = 0.0
frame(), frame()
assert near(screen()[RIGHT], (255, 128, 0)), "the card is gone"
problems.clear()
output.choose("dummy0")
frame(), frame()
assert "'DUMMY0' has both the output and the control window" in next(iter(problems)).text
output.choose("")
frame()
assert not clean.visible
for _ in range(2):
    output.close(), window.close()
image.release()
assert surface.companions == []
surface.release()
print("fine")
"""


def test_it_shows_parks_returns_and_can_be_found(two_displays: str) -> None:
    environment = {**os.environ, "DISPLAY": two_displays}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, two_displays],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.stdout.strip() == "fine", run.stderr


def test_a_display_that_is_not_there_does_not_stop_the_start(display: str, tmp_path: Path) -> None:
    shot = tmp_path / "shot.png"
    words = ["--seconds", "0.2", "--output-display", "BenQ", "--backend", "glsl", "--screenshot", str(shot)]
    run = subprocess.run(
        [sys.executable, "-m", "app", "run", *words],
        env={**os.environ, "DISPLAY": display, "PULSE_SERVER": "unix:/nowhere"},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0
    assert shot.is_file()
    assert "display 'BenQ' is away: the output waits for it (connected: screen)" in run.stderr


BESIDE = """
import imgui_bundle  # before glfw
import glfw
from app.render import side_context
from app.render.clean_window import CleanWindow
from app.render.surface import WindowSurface

surface = WindowSurface((64, 64), "control")
clean = CleanWindow(surface)
side = side_context.beside(surface.ctx)
assert glfw.get_window_attrib(side.handle, glfw.OPENGL_PROFILE) == glfw.OPENGL_CORE_PROFILE
assert not glfw.get_window_attrib(side.handle, glfw.VISIBLE)
side_context.release(surface.ctx)
clean.release()
surface.release()
print("fine")
"""


def test_what_compiles_beside_the_show_has_its_opengl_also_after_the_output_was_opened(display: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", BESIDE],
        env={**os.environ, "DISPLAY": display},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.stdout.strip() == "fine", run.stderr
