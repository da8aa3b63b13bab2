"""`clavilux soak`: plays for minutes or hours with random changes, and judges whether anything leaks, drops or dies.

With --chaos it also floods, breaks files, takes devices away, and kills and relaunches a second show. Works in a
temporary folder; nothing of the user's is touched.
"""

import gc
import os
import random
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import moderngl
import numpy as np

from app import files, memory
from app.audio.source import SourceChoice
from app.clock import Frame
from app.commands.chaos import Flood, Relaunch
from app.commands.run import end_on_signals
from app.live import Session
from app.params import PARAMS
from app.preset import EffectUse
from app.render.surface import is_software
from app.render.target import Target
from app.settings import Settings

PICTURE_PX = (320, 180)
ACT_SECONDS = 0.7
SAMPLE_SECONDS = 15.0
RELAUNCH_SECONDS = 60.0
QUIET_FRAMES = 12
GROWTH = 0.05
"""Memory and GL objects may differ by this share between the beginning and the end."""
SETTLED_SECONDS = 600.0
"""In a shorter run memory is told, not judged: caches and compiled networks still grow."""
LATE = 1.5
SLOWEST = 8
KEPT_FRAMES = 200_000
GL_KINDS = (moderngl.Texture, moderngl.Buffer, moderngl.Framebuffer, moderngl.Program, moderngl.VertexArray)
Act = Callable[[], object]


class Watch:
    """An output that looks for pictures that are all black or all white without being asked to be."""

    EVERY = 5

    def __init__(self, session: Session) -> None:
        self._session = session
        self.looked = self.empty = 0
        self.asked_seconds = -1.0

    def send(self, image: Target, frame: Frame) -> None:
        """Look at every fifth picture; not while black was asked for, and a second after."""
        controls = self._session.controls
        if controls.blackout or controls.preset.params.get("brightness", 1.0) < 0.3:
            self.asked_seconds = frame.seconds
        if frame.index % self.EVERY == 0 and frame.seconds > self.asked_seconds + 1.0:
            picture = image.read()[..., :3]
            self.looked += 1
            self.empty += bool(picture.max() < 3 or picture.min() > 252)

    def close(self) -> None:
        """Nothing is held."""


class Soak:
    """One run; `figures` are what was measured, `failures` what was wrong."""

    def __init__(self, session: Session, home: Path, seed: int, chaos: bool) -> None:
        self._session, self._home, self._chaos = session, home, chaos
        self._random = random.Random(seed)
        self._watch = Watch(session)
        session.outputs.append(self._watch)
        self.acts: dict[str, int] = {}
        self._samples: list[tuple[float, float, int]] = []
        self._step_ms: list[float] = []
        self._after = "start"
        self._slowest: list[tuple[int, str]] = []
        self._flood = Flood(session.settings.osc_port) if chaos else None
        self._relaunch = Relaunch(home / "second") if chaos else None

    def run(self, seconds: float) -> None:
        """Play for so long."""
        began = time.monotonic()
        act_at, sample_at, relaunch_at = 2.0, 5.0, 5.0
        while (now := time.monotonic() - began) < seconds and not self._session.controls.quitting:
            self._step()
            if now >= act_at:
                act_at = now + self._random.expovariate(1 / ACT_SECONDS)
                self._act()
            if now >= sample_at:
                sample_at = now + SAMPLE_SECONDS
                self._sample(now)
            if self._relaunch is not None and now >= relaunch_at:
                relaunch_at = now + RELAUNCH_SECONDS
                self._relaunch.begin()
            if self._relaunch is not None:
                self._relaunch.step()
        self._sample(seconds)
        for part in (self._flood, self._relaunch):
            if part is not None:
                part.close()

    def _step(self) -> None:
        started = time.perf_counter()
        self._session.step()
        took_ms = (time.perf_counter() - started) * 1000
        self._step_ms.append(took_ms)
        del self._step_ms[:-KEPT_FRAMES]
        self._slowest = sorted([*self._slowest, (round(took_ms), self._after)], reverse=True)[:SLOWEST]
        self._after = ""

    def _act(self) -> None:
        name = self._random.choice(list(self._table()))
        self.acts[name] = self.acts.get(name, 0) + 1
        self._after = name
        self._table()[name]()

    def _table(self) -> dict[str, Act]:
        controls, choose = self._session.controls, self._random
        table: dict[str, Act] = {
            "look": controls.random_look,
            "next": lambda: controls.step_look(1),
            "cut": self._cut,
            "back": controls.look_before,
            "style": lambda: controls.choose_style(choose.choice(controls.style_names)),
            "effect": self._toggle_effect,
            "param": self._move,
            "undo": controls.undo.undo,
            "redo": controls.undo.redo,
            "blackout": lambda: setattr(controls, "blackout", not controls.blackout),
            "freeze": lambda: setattr(controls, "frozen", not controls.frozen),
            "record": controls.toggle_record,
        }
        return table | (self._chaotic() if self._chaos else {})

    def _chaotic(self) -> dict[str, Act]:
        controls = self._session.controls
        assert self._flood is not None
        return {
            "size": lambda: controls.choose_picture(self._random.choice([PICTURE_PX, (192, 108), (256, 144)])),
            "device away": lambda: controls.choose_source(SourceChoice(kind="device", device="not there at all")),
            "device back": lambda: controls.choose_source(SourceChoice(audible=False, loop=True)),
            "flood": self._flood.burst,
            "broken style": lambda: self._break("styles", "broken.safetensors", controls.choose_style),
            "broken look": lambda: self._break("presets", "broken.yaml", controls.choose_look),
            "unknown effect": lambda: controls.preset.effects.append(EffectUse(effect="nothing of that name")),
        }

    def _cut(self) -> None:
        self._session.controls.random_look()
        self._session.preset.crossfade_seconds = 0.0

    def _toggle_effect(self) -> None:
        controls = self._session.controls
        effects = controls.preset.effects
        if len(effects) < 3:
            effects.append(EffectUse(effect=self._random.choice(sorted(controls.effects))))
        else:
            effects.pop(self._random.randrange(len(effects)))

    def _move(self) -> None:
        controls = self._session.controls
        param = self._random.choice([param for name, param in PARAMS.items() if name != "brightness"])
        controls.preset.params[param.name] = self._random.uniform(param.low, param.high)

    def _break(self, folder: str, name: str, choose: Callable[[str], None]) -> None:
        """Write noise, or half of a good file, and choose it."""
        path = self._home / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self._random.randbytes(self._random.randrange(4000)))
        self._session.controls.looks.rescan()
        choose(path.stem)

    def _sample(self, now: float) -> None:
        """Bring the show to rest, count what it holds, let it go on."""
        controls = self._session.controls
        controls.blackout = controls.frozen = False
        if controls.recording is not None:
            controls.toggle_record()
        controls.choose_picture(PICTURE_PX)
        controls.preset.crossfade_seconds = 0.0
        controls.choose_look("first_light")
        controls.preset.effects.clear()
        controls.preset.crossfade_seconds = 0.0
        for _ in range(QUIET_FRAMES):
            self._session.step()
        self._samples.append((now, memory_mb(), gl_objects()))

    # ------------------------------------------------------------------ the verdict

    def figures(self) -> dict[str, Any]:
        """Return everything that was measured."""
        half = len(self._samples) // 3  # what the first third fills are caches
        later = np.array(self._samples[half:], float).reshape(-1, 3)
        slope = float(np.polyfit(later[:, 0] / 60, later[:, 1], 1)[0]) if len(later) > 2 else 0.0
        p50, p99, worst = (float(v) for v in np.percentile(self._step_ms or [0.0], (50, 99, 100)))
        budget_ms = 1000 / self._session.controls.fps
        relaunches = self._relaunch.report() if self._relaunch is not None else {}
        return {
            "seconds": round(self._samples[-1][0], 1),
            "frames": len(self._step_ms),
            "acts": dict(sorted(self.acts.items())),
            "memory_mb": [round(sample[1], 1) for sample in self._samples],
            "memory_slope_mb_per_minute": round(slope, 3),
            "memory_growth_share": round(slope * (later[-1, 0] - later[0, 0]) / 60 / max(later[0, 1], 1), 4),
            "gl_objects": [sample[2] for sample in self._samples],
            "gl_growth_share": round(float(later[-1, 2] - later[0, 2]) / max(float(later[0, 2]), 1.0), 4),
            "frame_ms": {
                "budget": round(budget_ms, 2),
                "p50": round(p50, 2),
                "p99": round(p99, 2),
                "max": round(worst, 1),
            },
            "slowest_ms_after": self._slowest,
            "late_frames": self._session.controls.stats.missed,
            "pictures_looked_at": self._watch.looked,
            "empty_pictures": self._watch.empty,
            "problems": [f"{problem.text} ({problem.count} times)" for problem in self._session.problems],
            **relaunches,
        }

    def failures(self, figures: dict[str, Any]) -> list[str]:
        """Return what must not be: each one line."""
        wrong: list[str] = []
        if figures["seconds"] >= SETTLED_SECONDS and abs(figures["memory_growth_share"]) > GROWTH:
            wrong.append(f"memory changed by {figures['memory_growth_share']:.1%}")
        if abs(figures["gl_growth_share"]) > GROWTH:
            wrong.append(f"GL objects changed by {figures['gl_growth_share']:.1%}")
        if figures["empty_pictures"]:
            wrong.append(f"{figures['empty_pictures']} pictures were all black or all white")
        hardware = not is_software(self._session.surface.ctx)
        if hardware and figures["frame_ms"]["p99"] > LATE * figures["frame_ms"]["budget"]:
            wrong.append(f"p99 of a frame is {figures['frame_ms']['p99']} ms")
        wrong += figures.get("relaunch_failures", [])
        return wrong


def soak(minutes: float, chaos: bool, seed: int, report: Path | None) -> int:
    """Run it; return 0 when all is well, 1 when not."""
    files.check_place(report)
    with _home() as home, ExitStack() as stack:
        settings = Settings(
            source=SourceChoice(audible=False, loop=True),
            picture_px=PICTURE_PX,
            headless=True,
            keeps=True,
            osc_port=_free_port() if chaos else 0,
            seed=seed,
        )
        session = Session(settings, stack)
        end_on_signals(session)
        run = Soak(session, home, seed, chaos)
        run.run(minutes * 60)
        session.end()
        figures = {**run.figures(), "renderer": session.controls.renderer, "backend": session.controls.backend_name}
        wrong = run.failures(figures)
    figures |= {"seed": seed, "chaos": chaos, "failures": wrong, "passed": not wrong}
    if report is not None:
        files.write_json(report, figures)
    slope = figures["memory_slope_mb_per_minute"]
    counts = f"{figures['frames']} frames, {sum(run.acts.values())} changes, {len(figures['problems'])} messages"
    print(f"{'FAILED' if wrong else 'passed'}: {counts}, memory {slope:+.2f} MB a minute")
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0


@contextmanager
def _home() -> Iterator[Path]:
    """Live in a temporary folder for a while."""
    before = os.environ.get("CLAVILUX_HOME")
    with tempfile.TemporaryDirectory(prefix="clavilux-soak-", ignore_cleanup_errors=True) as folder:
        os.environ["CLAVILUX_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop("CLAVILUX_HOME")
            if before is not None:
                os.environ["CLAVILUX_HOME"] = before


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb() -> float:
    """Return the memory this process really holds, in MB; where the system does not say, the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, AttributeError):
        return memory.most_bytes() / 1e6


def gl_objects() -> int:
    """Return how many GL objects are alive and known."""
    gc.collect()
    known = [thing.mglo for thing in gc.get_objects() if type(thing) in GL_KINDS]
    return sum(not isinstance(thing, moderngl.InvalidObject) for thing in known)
