"""What every test may use. No test needs a GPU, a sound card, a display or a network."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import moderngl
import pytest
from hypothesis import settings

os.environ.setdefault("LP_NUM_THREADS", "2")

# The same examples in every run, so that a failure is always about the change at hand. To search further:
# pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate-golden", action="store_true", help="rewrite the golden pictures; look at them")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty user folder."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CLAVILUX_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def session_ctx() -> Iterator[moderngl.Context]:
    ctx = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
    yield ctx
    ctx.release()


@pytest.fixture
def ctx(session_ctx: moderngl.Context) -> moderngl.Context:
    """A headless OpenGL context, shared by the tests of one run."""
    return session_ctx


GL_KINDS = (moderngl.Texture, moderngl.Buffer, moderngl.Framebuffer, moderngl.Program, moderngl.VertexArray)


@pytest.fixture
def alive_gl(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count the GL objects that nobody released, whether Python still knows them or not."""
    monkeypatch.setattr(ctx, "gc_mode", "context_gc")

    def count() -> int:
        gc.collect()
        known = [thing.mglo for thing in gc.get_objects() if type(thing) in GL_KINDS]
        dropped = list(ctx.objects)  # what was collected without a release, and what was released before
        return sum(not isinstance(thing, moderngl.InvalidObject) for thing in [*known, *dropped])

    return count
