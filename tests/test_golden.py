"""Golden pictures: every shipped look and every shipped effect, drawn small and compared with what was judged good.

Compared on llvmpipe only, since other drivers round otherwise; drawn everywhere. `--regenerate-golden` rewrites
them; a failure leaves the picture drawn, and its difference magnified, in tests/golden/_failed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app import paths
from app.audio.source import SourceChoice
from app.live import Session
from app.preset import EffectUse, Preset
from app.settings import Settings

GOLDEN = Path(__file__).resolve().parent / "golden"
SIZE_PX = (96, 54)
FPS = 10
FRAMES = 12
"""Long enough for trails and echoes to show."""
LEVELS = 3
"""How far, of 255, 99 % of the values may be off: another llvmpipe may fuse a multiply and an add."""
LOOKS = sorted(path.stem for path in paths.shipped("presets").glob("*.yaml"))
EFFECTS = sorted(path.stem for path in paths.shipped("shaders", "effects").glob("*.fs"))
Check = Callable[[str, NDArray[np.uint8]], None]


@pytest.fixture
def check(request: pytest.FixtureRequest, ctx: moderngl.Context) -> Check:
    """Compare a picture with the golden one of that name, or rewrite it."""

    def compare(name: str, picture: NDArray[np.uint8]) -> None:
        path = GOLDEN / f"{name}.png"
        if request.config.getoption("--regenerate-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(path)
        if "llvmpipe" not in ctx.info["GL_RENDERER"]:
            pytest.skip("golden pictures are compared on llvmpipe only")
        difference = np.abs(picture.astype(int) - np.asarray(Image.open(path), int))
        if np.percentile(difference, 99) > LEVELS:
            failed = GOLDEN / "_failed"
            failed.mkdir(exist_ok=True)
            Image.fromarray(picture).save(failed / f"{path.stem}.png")
            magnified = 255 * (difference / 255) ** 0.25
            Image.fromarray(magnified.astype(np.uint8)).save(failed / f"{path.stem}.difference.png")
            pytest.fail(f"{name}: off by up to {difference.max()} levels; see {failed}")

    return compare


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def show(stack: ExitStack, preset: str, backend: str = "glsl") -> Session:
    settings = Settings(
        source=SourceChoice(live=False),
        preset=preset,
        backend=backend,
        fps=FPS,
        picture_px=SIZE_PX,
        headless=True,
        offline=True,
    )
    return Session(settings, stack)


def drawn(session: Session) -> NDArray[np.uint8]:
    for _ in range(FRAMES):
        session.step()
    assert [problem.text for problem in session.problems] == []
    return session.picture.shown.read()[..., :3]


@pytest.mark.parametrize("name", LOOKS)
def test_look(name: str, stack: ExitStack, check: Check) -> None:
    picture = drawn(show(stack, name))
    assert picture.std() > 10
    check(f"looks/{name}", picture)


@pytest.mark.parametrize("name", EFFECTS)
def test_effect(name: str, stack: ExitStack, check: Check) -> None:
    session = show(stack, "event_horizon", "cpu")  # the looks hold GLSL's networks; here the effect counts
    look = Preset(name=name, style="deep_vortex", effects=[EffectUse(effect=name)])
    session.controls.looks.put(look)
    check(f"effects/{name}", drawn(session))


def test_what_is_golden_is_what_ships() -> None:
    golden = {path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.glob("[a-z]*/*.png")}
    assert golden == {f"looks/{name}" for name in LOOKS} | {f"effects/{name}" for name in EFFECTS}


def test_here_the_comparison_counts(ctx: moderngl.Context) -> None:
    """Where OpenGL runs on the processor it must be llvmpipe, or nothing above would compare anything."""
    renderer = ctx.info["GL_RENDERER"].lower()
    assert "llvmpipe" in renderer or not any(word in renderer for word in ("softpipe", "swrast", "swiftshader"))
