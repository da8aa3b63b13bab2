"""What is mutated: for each kind of file good ones, and the reader that the program uses for it."""

import io
import json
import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import paths
from app import preset as presets
from app import style as styles
from app.control import bindings
from app.control.bindings import Binding
from app.control.hub import Hub
from app.control.osc import Osc
from app.control.osc_format import bundles, write
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.preset import EffectUse, Preset
from app.render import isf
from app.render.library import Library
from app.show import keeper, marks, show_file
from app.show.marks import Mark, Marks
from app.show.state import State
from benchmarks.mutants import Wrap

ARCHES = (Arch(width=8, depth=1), Arch(("x", "y", "time", "bass"), 16, 3, "mix"))


class Kind:
    """One kind: `seeds` are good files, `read` returns what the program says while reading one."""

    def __init__(
        self, seeds: Sequence[bytes], suffix: str, read: Callable[[Path], Sequence[str]], wraps: Sequence[Wrap] = ("",)
    ) -> None:
        self.seeds, self.suffix, self.read, self.wraps = list(seeds), suffix, read, wraps

    def close(self) -> list[str]:
        """Let go of what it holds; return what it found besides."""
        return []


def _silent(read: Callable[[Path], object]) -> Callable[[Path], Sequence[str]]:
    def reader(path: Path) -> Sequence[str]:
        read(path)
        return ()

    return reader


def style(_: Path) -> Kind:
    """Styles as we write them."""
    seeds = [styles.to_bytes(random_style(seed, arch)) for seed, arch in enumerate(ARCHES)]
    return Kind(seeds, ".safetensors", _silent(styles.load), ("", "safetensors"))


def seed_style(_: Path) -> Kind:
    """Seed-style `.pth` files, with and without metadata."""
    state = _torch_state()
    contents = (state, {"state_dict": state, "metadata": {"prompt": "waves", "activation": "sin"}})
    return Kind([_saved(content, True) for content in contents], ".pth", _silent(styles.load), ("", "zip", "zip"))


def _torch_state() -> dict[str, Any]:
    import torch

    state: dict[str, Any] = {}
    for i, (weights, biases) in enumerate(random_style(1, ARCHES[0]).layers):
        state |= {f"net.{i}.weight": torch.from_numpy(weights), f"net.{i}.bias": torch.from_numpy(biases)}
    return state


def _saved(content: object, archive: bool) -> bytes:
    import torch

    out = io.BytesIO()
    torch.save(content, out, _use_new_zipfile_serialization=archive)
    return out.getvalue()


def old_seed_style(_: Path) -> Kind:
    """Seed-style files of torch before 1.6: bare pickles."""
    return Kind([_saved(_torch_state(), False)], ".pth", _silent(styles.load))


def preset(_: Path) -> Kind:
    """The shipped looks."""
    effects = Library().params
    seeds = [path.read_bytes() for path in sorted(paths.shipped("presets").glob("*.yaml"))]
    return Kind(seeds, ".yaml", _silent(lambda path: presets.load(path, effects)))


def show(folder: Path) -> Kind:
    """A show with a look, an own style, an own effect, marks and bindings."""
    styles.save(replace(random_style(1, ARCHES[0]), name="mine"), paths.data("styles") / "mine.safetensors")
    (paths.data("effects") / "own_fx.fs").write_bytes((paths.shipped("shaders", "effects") / "bloom.fs").read_bytes())
    look = Preset(name="night", style="mine", effects=[EffectUse(effect="own_fx")])
    presets.save(look, paths.data("presets") / "night.yaml")
    marks.save(paths.data() / "library.yaml", Marks(looks={"night": Mark(stars=5)}, playlists={"late": ["night"]}))
    bindings.save(paths.data() / "bindings.yaml", [Binding(source="midi:Pads:note:1:36", target="blackout")])
    good = show_file.gather("friday", State(look=look, before=[look]), paths.data())
    return Kind([good], ".clavilux", lambda path: show_file.open_show(path, folder / "open")[1], ("", "zip", "zip"))


def effect(_: Path) -> Kind:
    """The shipped effects, read and translated."""
    from app.render.isf_glsl import translate

    seeds = [path.read_bytes() for path in sorted(paths.shipped("shaders", "effects").glob("*.fs"))]
    return Kind(seeds, ".fs", _silent(lambda path: translate(isf.parse(path))))


def compiled_effect(_: Path) -> Kind:
    """The shipped effects, read, translated and compiled by the graphics driver."""
    import moderngl

    from app.render import gl_calls, glsl_ways
    from app.render.effect_program import Program
    from app.render.isf_glsl import translate

    ctx = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
    calls, driver = gl_calls.of(ctx), glsl_ways.driver_of(ctx)
    seeds = [path.read_bytes() for path in sorted(paths.shipped("shaders", "effects").glob("*.fs"))]
    return Kind(seeds, ".fs", _silent(lambda path: Program(calls, driver, translate(isf.parse(path))).release()))


def binding(_: Path) -> Kind:
    """Bindings of every source."""
    table = [Binding(source="midi:Pads:note:1:36", target="blackout"),
             Binding(source="osc:/fader/1", target="param:zoom",),
             Binding(source="midi:Knobs:cc:2:7", target="look:furnace")]  # fmt: skip
    path = paths.data() / "bindings.yaml"
    bindings.save(path, table)
    return Kind([path.read_bytes()], ".yaml", _silent(bindings.load))


def experiment(_: Path) -> Kind:
    """Experiments of every key."""
    from app.training.experiment_file import load_experiment

    folder = Path(__file__).resolve().parent.parent
    found = [*sorted((folder / "tests" / "training" / "data").glob("*.yaml")), *paths.shipped("assets").rglob("*.yaml")]
    return Kind([path.read_bytes() for path in found], ".yaml", _silent(lambda path: load_experiment([path])))


def marked(_: Path) -> Kind:
    """Stars, tags, playlists."""
    path = paths.data() / "library.yaml"
    marks.save(path, Marks(looks={"night": Mark(stars=5, tags=["dark"])}, playlists={"late": ["night", "furnace"]}))
    return Kind([path.read_bytes()], ".yaml", _silent(marks.load))


def state(_: Path) -> Kind:
    """What a crash leaves."""
    look = presets.load(presets.find("furnace"))
    good = State(look=look, before=[look], pool="playlist:late").model_dump_json().encode()

    def read(path: Path) -> Sequence[str]:
        problem = keeper.Kept(path).problem
        return [problem] if problem else ()

    return Kind([good], ".json", read)


def set_log(folder: Path) -> Kind:
    """A set of a few frames."""
    from app.audio.features import Features
    from app.clock import Frame
    from app.modulation.values import Values
    from app.problems import Problems
    from app.show import set_reader
    from app.show.set_format import Moment
    from app.show.set_log import SetLog

    path = folder / "good.clavset"
    log = SetLog(path, {"size_px": (96, 54), "fps": 60, "backend": "glsl", "began": "2000-01-01"}, Problems())
    for i in range(150):
        leaving = Values({"hue": i}, (0.5,) * 9, i) if i % 50 < 20 else None
        values = Values({"zoom": i}, (0.5,) * 9, i, leaving=leaving)
        log.add(Moment(Frame(i, i / 30, 1 / 30), Features(), values, (96, 54)),
                {"look": Preset(name=f"look {i // 50}").model_dump_json()}, (None, None, None), [])  # fmt: skip
    log.close()
    return Kind([path.read_bytes()], ".clavset", _silent(lambda path: sum(1 for _ in set_reader.scenes(path))))


class Packets(Kind):
    """OSC packets, sent to a running show in hundreds; `read` draws a frame after each hundred."""

    TOGETHER = 100

    def __init__(self, folder: Path) -> None:
        from app.live import Session
        from app.settings import Settings

        self._stack = ExitStack()
        settings = Settings(picture_px=(64, 36), headless=True, offline=True, backend="glsl", fps=30)
        self._session = Session(settings, self._stack)
        self._osc = Osc(0)
        self._session.controls.control = self._hub = Hub(folder / "bindings.yaml", self._osc)
        self._session.step()
        self._out = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._sent = 0
        self._raised: list[str] = []
        handler = logging.Handler()
        handler.emit = self._note  # type: ignore[method-assign]
        logging.getLogger("clavilux").addHandler(handler)
        logging.getLogger("clavilux").setLevel(logging.DEBUG)
        super().__init__(_packets(), ".osc", self._send)

    def _note(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._raised.append(f"{record.getMessage()}: {record.exc_info[1]!r}")

    def _send(self, path: Path) -> Sequence[str]:
        self._out.sendto(path.read_bytes()[:60_000], ("127.0.0.1", self._osc.port))
        self._sent += 1
        if self._sent % self.TOGETHER == 0:
            self._session.controls.quitting = False
            self._session.step()
        said = [problem.text for problem in self._session.problems]
        self._session.problems.clear()
        return said

    def close(self) -> list[str]:
        """End the show."""
        lost = self._sent - self._osc.received - self._osc.malformed
        self._hub.close()
        self._stack.close()
        print(json.dumps({"sent": self._sent, "received": self._osc.received, "malformed": self._osc.malformed}))
        return self._raised + ([f"{lost} packets were never looked at"] if lost > self.TOGETHER else [])


def _packets() -> list[bytes]:
    words = ("param/zoom", "value/hue", "master", "fade", "bpm", "blackout", "next", "hold", "freeze", "stars")
    seeds = [write(f"/clavilux/{word}", (0.5,)) for word in words]
    seeds += [write(f"/clavilux/{word}", (text,)) for word, text in (("look", "deep_sea"), ("quantise", "bar"))]
    seeds += [write("/clavilux/style", ("ember_flames",)), write("/clavilux/query"), write("/clavilux/subscribe", (9,))]
    return [*seeds, *bundles(seeds)]


KINDS: dict[str, Callable[[Path], Kind]] = {
    "style": style,
    "pth": seed_style,
    "old_pth": old_seed_style,
    "preset": preset,
    "show": show,
    "isf": effect,
    "isf_compile": compiled_effect,
    "bindings": binding,
    "experiment": experiment,
    "osc": Packets,
    "marks": marked,
    "state": state,
    "set": set_log,
}
