"""Recording on the graphics card: lent pictures through the real encoder, the way to them on a pretended GPU."""

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import moderngl
import numpy as np
import pytest

pytest.importorskip("cuda.bindings")

from app.audio.ring import Ring
from app.output import card, codec, dlpack
from app.output.card import CardReadback
from app.output.dlpack import CPU, Lent
from app.output.encode import Encoder
from app.output.muxer import create
from app.output.readback import Readback
from app.output.recorder import Recorder
from app.problems import Problems
from app.render import cuda_backend
from app.render.cuda_interop import InteropError
from app.render.target import Target
from tests.render.fake_cuda import FakeDriver

SIZE_PX = (64, 36)
BYTES = SIZE_PX[0] * SIZE_PX[1] * 3 // 2


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDriver]:
    fake = FakeDriver()
    fake.install(monkeypatch)
    monkeypatch.setattr(cuda_backend, "gl_devices", lambda api, info: [0])
    yield fake
    assert {kind: handles for kind, handles in fake.alive.items() if handles} == {}


@pytest.fixture
def picture(ctx: moderngl.Context) -> Iterator[Target]:
    made = Target(ctx, SIZE_PX)
    made.framebuffer.clear(0.2, 0.6, 0.9, 1.0)
    yield made
    made.release()


def test_lent_pictures_are_encoded_and_come_back(tmp_path: Path, play: Callable[[Path], Any]) -> None:
    memory = np.zeros((3, BYTES), np.uint8)
    for index, level in enumerate((40, 120, 200)):
        memory[index] = 128
        memory[index, : SIZE_PX[0] * SIZE_PX[1]] = level
    back: list[Lent] = []
    lent = [Lent(row.ctypes.data, SIZE_PX, (CPU, 0), dict, back.append) for row in memory]
    path, file = create(tmp_path / "lent.mp4", replace=False)
    encoder = Encoder(file, "mp4", SIZE_PX, Fraction(10), 48_000, live=True)
    for slot, one in enumerate(lent):
        encoder.picture(slot, one)
        encoder.sound(np.zeros((4800, 2), np.float32))
    encoder.finish()
    assert sorted(map(id, back)) == sorted(map(id, lent)), "each comes back once"
    assert not dlpack._lent
    grey = [(level - 16) * 255 / 219 for level in (40, 120, 200)]
    assert [picture.mean() for picture in play(path).pictures] == pytest.approx(grey, abs=4)


def test_pictures_reach_the_cards_memory_as_they_would_the_main_one(
    gpu: FakeDriver, ctx: moderngl.Context, picture: Target
) -> None:
    plain, wanted = Readback(ctx, SIZE_PX, 0), np.zeros((SIZE_PX[1] * 3 // 2, SIZE_PX[0]), np.uint8)
    plain.begin(picture, 0)
    plain.fetch(wanted)
    plain.release()
    on_card, free = CardReadback(ctx, SIZE_PX, 2, 4), SimpleQueue[Lent]()
    on_card.lend(free)
    assert free.qsize() == 4
    for slot in range(3):
        assert not on_card.ready
        on_card.begin(picture, slot)
    assert on_card.ready and on_card.oldest_slot == 0
    lent = free.get()
    on_card.fetch(lent)
    on_card.fetch(None)
    assert np.array_equal(gpu.memory[lent.address : lent.address + BYTES], wanted.ravel())
    assert gpu.calls.count("cuGraphicsMapResources") == gpu.calls.count("cuGraphicsUnmapResources") == 1
    on_card.release()
    assert gpu.alive["memory"] and not gpu.alive["graphics"], "the encoder may still read"
    on_card.free()
    on_card.free()


def test_what_stands_in_the_way_leads_through_main_memory(
    gpu: FakeDriver, ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "clavilux")
    assert card.opened(ctx, SIZE_PX, 2, 4) is None, "no card here encodes"
    gpu.fail["cuMemAlloc"] = ["OUT_OF_MEMORY"]
    assert card.opened(ctx, SIZE_PX, 2, 4) is None
    gpu.fail["cuGraphicsGLRegisterBuffer"] = ["UNKNOWN"]
    assert card.opened(ctx, SIZE_PX, 2, 4) is None

    def no_room(*_: Any) -> None:
        raise moderngl.Error("no room for a texture")

    with monkeypatch.context() as small:
        small.setattr(card, "Planes", no_room)
        assert card.opened(ctx, SIZE_PX, 2, 4) is None, "and what was made before is freed"

    def refuse(api: Any, info: Any) -> list[int]:
        raise InteropError("OpenGL draws elsewhere")

    monkeypatch.setattr(cuda_backend, "gl_devices", refuse)
    assert card.opened(ctx, SIZE_PX, 2, 4) is None
    said = [record.message for record in caplog.records]
    assert len(said) == 5 and "out of memory" in said[1] and "OpenGL draws elsewhere" in said[4]


def test_a_recording_takes_the_card_where_it_works(
    gpu: FakeDriver, ctx: moderngl.Context, ring: Ring, problems: Problems, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, picture: Target, play: Callable[[Path], Any],
) -> None:  # fmt: skip
    from app.clock import Frame

    class Near(CardReadback):
        """Its memory is the pretended GPU's, which an ordinary encoder can read."""

        def tried(self) -> None: ...

        def _lent(self, address: int, done: Callable[[Lent], None]) -> Lent:
            return Lent(gpu.memory.ctypes.data + address, SIZE_PX, (CPU, 0), dict, done)

        def fetch(self, lent: Lent | None) -> None:
            base = gpu.memory.ctypes.data
            super().fetch(lent and Lent(lent.address - base, SIZE_PX, lent.device, lent.options, lent.done))

    monkeypatch.setattr(card, "CardReadback", Near)
    monkeypatch.setattr(codec, "hardware", lambda: True)
    monkeypatch.setattr(codec, "HARDWARE", "libx264")
    opened, real = [], Encoder.__init__

    def noted(self: Encoder, *arguments: Any, on_card: bool, **named: Any) -> None:
        opened.append(on_card)
        real(self, *arguments, **named)  # an ordinary encoder, opened as one

    monkeypatch.setattr(Encoder, "__init__", noted)
    monkeypatch.setattr(
        "app.output.encode.choose", lambda *_, **__: codec.Choice("libx264", {"preset": "ultrafast", "bf": "0"})
    )
    recorder = Recorder(ctx, tmp_path / "card.mp4", SIZE_PX, 10.0, ring.reader(), live=True, problems=problems)
    for index in range(20):
        ring.write(np.zeros((4800, 2), np.float32))
        recorder.send(picture, Frame(index, index / 10, 0.1))
        while recorder.state.queued > 4:
            pass
    gpu.fail["cuMemcpyDtoDAsync"] = ["LAUNCH_FAILED"]
    ring.write(np.zeros((4800, 2), np.float32))
    recorder.send(picture, Frame(20, 2.0, 0.1))
    recorder.close()
    assert opened == [True] and isinstance(recorder._readback, Near)
    assert ["a picture is lost" in problem.text for problem in problems] == [True]
    film = play(recorder.state.path)
    assert len(film.pictures) >= 20
    assert np.abs(film.pictures[10].mean(axis=(0, 1)) - np.array([0.2, 0.6, 0.9]) * 255).max() < 5
