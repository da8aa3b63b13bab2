"""The show of a soak: plays for minutes or hours with random changes, and counts what leaks, drops or is late.

With --chaos it also floods, breaks files, takes devices away, and kills and relaunches a second show. Main thread of a
process of its own, which it may change as it likes (its environment, its collector) and which may die: `soak` watches.
"""

import faulthandler
import gc
import os
import random
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import moderngl

from app import ending, files, memory
from app.audio import demo
from app.audio.source import SourceChoice
from app.commands import chaos_displays, soak_warm_up
from app.commands.chaos import Flood, Relaunch
from app.commands.chaos_displays import Stage
from app.commands.chaos_sound import NullSink
from app.commands.chaos_training import Apprentice
from app.commands.run import end_on_signals
from app.commands.soak_report import FIGURES, LAST, STACK, WARM_UP_SHARE, Steps, failures, rise, slope
from app.commands.soak_watch import Watch
from app.commands.virtual_displays import VirtualDisplays
from app.live import Session
from app.params import PARAMS
from app.preset import EffectUse
from app.problems import UserError
from app.render.software import is_software
from app.settings import Settings

PICTURE_PX = (320, 180)
ACT_SECONDS = 0.7
SAMPLE_SECONDS = 15.0
RELAUNCH_SECONDS = 60.0
QUIET_FRAMES = 12
SWAPS = ("look", "next", "cut", "back", "style", "undo", "redo")
GL_KINDS = (moderngl.Texture, moderngl.Buffer, moderngl.Framebuffer, moderngl.Program, moderngl.VertexArray)
Act = Callable[[], object]


class Soak:
    """One run; `figures` are what was measured, `failures` what was wrong."""

    def __init__(
        self,
        session: Session,
        home: Path,
        last: Path,
        seed: int,
        sink: NullSink | None,
        displays: VirtualDisplays | None,
    ) -> None:
        """With a sound server and displays it is a chaotic one."""
        self._session, self._home, self._last, self._sink, self._displays = session, home, last, sink, displays
        self._random = random.Random(seed)
        self._watch = Watch(session)
        session.outputs.append(self._watch)
        session.surface.ctx.gc_mode = "context_gc"  # what Python drops without a release is kept, and counted
        self.acts: dict[str, int] = {}
        self._samples: list[tuple[float, float, int]] = []
        self._steps = Steps()
        self._after = "start"
        self._warm_up_seconds = 0.0
        trainer = session.controls.trainer
        self._flood = Flood(session.settings.osc_port) if sink is not None else None
        self._relaunch = Relaunch(home / "second") if sink is not None else None
        self._apprentice = Apprentice(trainer, self._random) if sink is not None and trainer is not None else None
        self._stage = Stage(session, displays, self._random) if displays is not None and displays.name else None

    def run(self, seconds: float) -> None:
        """Show all that ships once, then play for so long."""
        self._warm_up_seconds = soak_warm_up.show_everything(self._session, WARM_UP_SHARE * seconds)
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
            for part in (self._relaunch, self._stage):
                if part is not None:
                    part.step()
        self._sample(time.monotonic() - began)
        if self._sink is not None:
            self._sink.hear_again(self._session)
        for ended in (self._flood, self._relaunch, self._stage):
            if ended is not None:
                ended.close()

    def _step(self) -> None:
        flooded = self._flood is not None and self._flood.running
        looks = self._session.controls.looks
        clock, work, changes = time.perf_counter(), time.process_time(), looks.changes
        self._session.step()
        clock, work = time.perf_counter() - clock, time.process_time() - work
        self._steps.add(clock * 1000, work * 1000, flooded, looks.changes > changes, self._after)
        self._after = ""

    def _act(self) -> None:
        name = self._random.choice(list(self._table()))
        self.acts[name] = self.acts.get(name, 0) + 1
        self._after = name
        self._last.write_text(name, "utf-8")
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
        return table | (self._chaotic() if self._sink is not None else {})

    def _chaotic(self) -> dict[str, Act]:
        controls = self._session.controls
        assert self._flood is not None and self._sink is not None and self._apprentice is not None
        return {
            "train": self._apprentice.act,
            "sound server": self._sink.toggle,
            "device": lambda: controls.choose_source(self._sink.choice()),  # type: ignore[union-attr]
            "file gone": self._lose_file,
            "size": lambda: controls.choose_picture(self._random.choice([PICTURE_PX, (192, 108), (256, 144)])),
            "device away": lambda: controls.choose_source(SourceChoice(kind="device", device="not there at all")),
            "device back": lambda: controls.choose_source(SourceChoice(audible=False, loop=True)),
            "flood": self._flood.burst,
            "broken style": lambda: self._break("styles", "broken.safetensors", controls.choose_style),
            "broken look": lambda: self._break("presets", "broken.yaml", controls.choose_look),
            "unknown effect": lambda: controls.preset.effects.append(EffectUse(effect="nothing of that name")),
        } | (self._stage.acts() if self._stage is not None else {})

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

    def _lose_file(self) -> None:
        """Choose a sound file that is gone before it is open."""
        path = self._home / "gone.ogg"
        path.write_bytes(demo.TRACK.read_bytes())
        self._session.controls.choose_source(SourceChoice(kind="file", file=path, audible=False))
        path.unlink()

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
        controls.looks.before.clear()  # of each, a window keeps a picture
        controls.preset.crossfade_seconds = 0.0
        for _ in range(QUIET_FRAMES):
            self._session.step()
        objects = gl_objects(self._session.surface.ctx)  # collects first what Python has not collected yet
        self._samples.append((now, memory_mb() - self._track_mb(), objects))

    def _track_mb(self) -> float:
        """Return how large the track is that plays, if one does: whether it does at this moment is chance."""
        decoded = getattr(self._session.hearing.source, "decoded", None)
        return decoded.samples.nbytes / 1e6 if decoded is not None else 0.0

    def figures(self) -> dict[str, Any]:
        """Return everything that was measured."""
        controls, watch = self._session.controls, self._watch
        held = [(seconds, mb) for seconds, mb, _ in self._samples]
        objects = [count for _, _, count in self._samples]
        chaos = {
            "relaunch": self._relaunch.report() if self._relaunch is not None else None,
            "training": self._apprentice.report() if self._apprentice is not None else None,
            "sound_server": self._sink.report() if self._sink is not None else None,
            "floods": self._flood.count if self._flood is not None else None,
            "displays": self._seen(),
        }
        return {
            "seconds": round(self._samples[-1][0], 1),
            "warm_up_seconds": round(self._warm_up_seconds, 1),
            "acts": dict(sorted(self.acts.items())),
            "swaps": sum(self.acts.get(name, 0) for name in SWAPS),
            "memory": {"slope": slope(held), "mb": [round(mb, 1) for _, mb in held]},
            "gl_objects": {"share": round(rise(objects), 4), "counts": objects},
            "frames": self._steps.report(1000 / controls.fps),
            "pictures": {"looked_at": watch.looked, "empty": watch.empty, "first_empty": watch.details},
            "problems": [f"{problem.text} ({problem.count} times)" for problem in self._session.problems],
            **{name: figure for name, figure in chaos.items() if figure is not None},
        }

    def _seen(self) -> dict[str, Any] | None:
        """Return what came of the displays; None in a run without chaos."""
        if self._stage is None:
            return chaos_displays.left_out(self._displays.missing) if self._displays is not None else None
        return self._stage.report()


def play(seconds: float, chaos: bool, seed: int, home: Path, last: Path) -> dict[str, Any]:
    """Play in this process, with its things in `home`; return the figures, with what failed.

    `last` always says what was done last, for whoever finds this process dead.
    """
    with ExitStack() as stack:
        sink = _sound_server(home, stack) if chaos else None
        displays = _displays(home, stack) if chaos else None
        windows = displays is not None and bool(displays.name)
        settings = Settings(
            source=SourceChoice(audible=False, loop=True),
            window_px=chaos_displays.WINDOW_PX,
            picture_px=PICTURE_PX,
            headless=not windows,
            output_display=chaos_displays.OUTPUTS[0] if windows else "",
            keeps=True,
            osc_port=free_port() if chaos else 0,
            seed=seed,
        )
        session = Session(settings, stack)
        end_on_signals(session)
        run = Soak(session, home, last, seed, sink, displays)
        run.run(seconds)
        session.end()
        figures = {**run.figures(), "renderer": session.controls.renderer, "backend": session.controls.backend_name}
        return figures | {"failures": failures(figures, not is_software(session.surface.ctx))}


def play_watched(seconds: str, chaos: str, seed: str, home: str) -> NoReturn:
    """Be the show: play, and write the figures, or what it cannot do here, where `soak.watch` finds them."""
    place = Path(home)
    faulthandler.enable((place / STACK).open("w"))  # never closed: the end of a program may go wrong as well
    try:
        figures = play(float(seconds), bool(chaos), int(seed), place, place / LAST)
    except UserError as error:
        figures = {"refused": str(error)}
    files.write_json(place / FIGURES, figures)
    (place / LAST).write_text("its end", "utf-8")
    ending.leave(0)


def _sound_server(home: Path, stack: ExitStack) -> NullSink:
    """Start the null sink and let this process, and all that it starts, hear that one."""
    sink = NullSink(home / "sound")
    stack.callback(sink.close)
    if sink.address:
        os.environ["PULSE_SERVER"] = sink.address
    return sink


def _displays(home: Path, stack: ExitStack) -> VirtualDisplays:
    """Start virtual displays and let this process, and all that it starts, open windows there only."""
    displays = chaos_displays.open_displays(home / "displays")
    stack.callback(displays.close)
    if displays.name:
        os.environ |= {"DISPLAY": displays.name, "XDG_SESSION_TYPE": "x11"}  # else a window may go to Wayland's desktop
    return displays


def free_port() -> int:
    """Return a UDP port of this computer that nobody listens to."""
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


def gl_objects(ctx: moderngl.Context) -> int:
    """Return how many GL objects nobody released: those Python knows, and, with the context's `gc_mode` "context_gc",
    those of `ctx` that it dropped."""
    frozen = gc.get_freeze_count()
    gc.unfreeze()  # what the collector set aside is not listed
    gc.collect()
    known = [thing.mglo for thing in gc.get_objects() if type(thing) in GL_KINDS]
    if frozen:
        gc.freeze()
    for _ in range(len(ctx.objects)):
        dropped = ctx.objects.popleft()
        if _alive(dropped):
            ctx.objects.append(dropped)
    return sum(map(_alive, known)) + len(ctx.objects)


def _alive(thing: object) -> bool:
    return not isinstance(thing, moderngl.InvalidObject)
