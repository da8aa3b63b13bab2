"""What every test may use. No test needs a GPU, a sound card, a display or a network."""

import os
from collections.abc import Iterator
from pathlib import Path

import moderngl
import pytest

os.environ.setdefault("LP_NUM_THREADS", "2")


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
