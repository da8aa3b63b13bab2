"""What every test may use. No test needs a GPU, a sound card, a display or a network."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path

import moderngl
import pytest
from hypothesis import settings

from app.audio import demo
from app.audio.decode import Decoded, decode
from app.commands import virtual_displays

# The tests start the program many times, and each process reads all tests: bytecode is kept, whatever is said outside.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("LP_NUM_THREADS", "2")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side; torch's threads would wait for each other

# The same examples in every run, so that a failure is always about the change at hand. To search further:
# pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


LONGEST = (
    "test_live", "test_flash_limiter", "test_train", "test_golden", "test_relaunch", "test_backends", "test_features",
    "test_loop", "test_rhythm", "test_cuda", "test_replay", "test_soak", "test_pulse", "test_trainer", "test_recorder",
    "test_recorded_show", "test_chaos_displays", "test_clean_output", "test_recorded_window", "test_wheel",
    "test_cuda_backend", "test_render", "test_decks", "test_drawing", "test_demo", "test_openai_files",
)  # fmt: skip
"""Files that take long for their number of tests: last, they would keep one processor idle. First those that compute,
as mypy runs beside them; then those that wait for real time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, then those of many tests, so that the workers end together."""
    counts = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int, str]:
        name = item.path.stem
        return (LONGEST.index(name) if name in LONGEST else len(LONGEST), -counts[item.path], str(item.path))

    items.sort(key=place)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate-golden", action="store_true", help="rewrite the golden pictures; look at them")


_homes = count()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty user folder; beside `tmp_path`s, as pytest counts those anew for each."""
    folder = tmp_path_factory.getbasetemp() / "homes" / str(next(_homes))
    folder.mkdir(parents=True)
    monkeypatch.setenv("CLAVILUX_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _the_demo_is_decoded_once() -> Iterator[None]:
    """Most shows play the demo track; to decode it is most of what their start takes."""
    decoded = cache(decode)

    def once(path: Path) -> Decoded:
        track = decoded(path)
        track.samples.flags.writeable = False
        return track

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "decode", once)
        yield


_shared: list[moderngl.Context] = []


@pytest.fixture(scope="session")
def session_ctx() -> Iterator[moderngl.Context]:
    ctx = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
    _shared.append(ctx)
    yield ctx
    ctx.release()


@pytest.fixture(autouse=True)
def _shared_context_is_current() -> None:
    """Other tests open contexts of their own, and what is kept for the shared one is only good in it."""
    for ctx in _shared:
        ctx.__enter__()  # type: ignore[no-untyped-call]


@pytest.fixture
def ctx(session_ctx: moderngl.Context) -> moderngl.Context:
    """A headless OpenGL context, shared by the tests of one run."""
    return session_ctx


@pytest.fixture
def alive_gl(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count the GL objects that nobody released, whether Python still knows them or not."""
    from app.commands.soak_show import gl_objects

    monkeypatch.setattr(ctx, "gc_mode", "context_gc")
    return lambda: gl_objects(ctx)


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """An X display nobody looks at; skips where there is no Xvfb."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb (Debian: xvfb)")
    server, name = virtual_displays.serve(["Xvfb", "-screen", "0", "1280x800x24", "+extension", "GLX"])
    if not name:
        server.terminate()
        server.wait(10)
        pytest.skip("Xvfb does not start here")
    yield name
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="session")
def two_displays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An X display with DUMMY0 and, right of it, DUMMY1, which xrandr plugs in and out; skips without the driver."""
    displays = virtual_displays.VirtualDisplays(tmp_path_factory.mktemp("xorg"), ((800, 600), (800, 600)))
    if not displays.name:
        pytest.skip(displays.missing)
    yield displays.name
    displays.close()
